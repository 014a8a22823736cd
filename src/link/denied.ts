import { type Fault, FaultError, readText } from '../config/index.js'
import { fingerprintOf, type Identity } from './identity.js'

/** Certificates that are refused although the right authority signed them. */
export class DeniedList {
  readonly #names = new Set<string>()
  readonly #fingerprints = new Set<string>()

  /**
   * Reads a list: a common name or `sha256:` and a fingerprint a line; `#` begins a comment.
   * @throws {FaultError} with every line that is neither: a line that is passed over would let somebody in.
   */
  constructor(
    file: string,
    readonly text: string = readText(file),
  ) {
    const faults: Fault[] = []
    text
      .replace(/^\uFEFF/, '')
      .split(/\r\n|\n|\r/)
      .forEach((line, i) => {
        const entry = line.replace(/(?:^|\s)#.*$/, '').trim()
        const reason = entry === '' ? undefined : this.#add(entry)
        if (reason !== undefined) faults.push({ file, line: i + 1, reason })
      })
    if (faults.length > 0) throw new FaultError(faults)
  }

  get size(): number {
    return this.#names.size + this.#fingerprints.size
  }

  holds({ names, sha256 }: Identity): boolean {
    return this.#fingerprints.has(sha256) || names.some((name) => this.#names.has(name))
  }

  #add(entry: string): string | undefined {
    if (/^sha256:/i.test(entry)) {
      const fingerprint = fingerprintOf(entry.slice('sha256:'.length))
      if (fingerprint === undefined) return 'sha256: and 64 hexadecimal digits are a fingerprint'
      this.#fingerprints.add(fingerprint)
      return undefined
    }
    if (/^(?:sha1|sha384|sha512|md5):/i.test(entry)) return 'only sha256: fingerprints are known'
    if (fingerprintOf(entry) !== undefined) return 'looks like a fingerprint: write sha256: before it'
    if (/\p{Cc}/u.test(entry)) return 'holds a control character: neither a common name nor a fingerprint'
    this.#names.add(entry)
    return undefined
  }
}
