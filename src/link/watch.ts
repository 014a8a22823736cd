import { stat } from 'node:fs/promises'

const POLL_MS = 500

/**
 * Tells when one of some files has changed and lies still again: a file that is just being written looks different
 * from one look to the next. Files are asked for by name, so that one put in another's place is seen too. It tells once
 * at the beginning as well: nobody knows what happened between the reading of the files and the first look.
 */
export class FileWatch {
  readonly #timer: NodeJS.Timeout
  #known: string | undefined
  #seen: string | undefined
  #looking = false

  constructor(
    private readonly files: readonly string[],
    private readonly changed: () => void,
  ) {
    this.#timer = setInterval(() => void this.#look(), POLL_MS)
    this.#timer.unref()
    void this.#look()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    // A network drive may take longer than a round.
    if (this.#looking) return
    this.#looking = true
    const now = (await Promise.all(this.files.map(signature))).join(' ')
    this.#looking = false
    const still = now === this.#seen
    this.#seen = now
    if (!still || now === this.#known) return
    this.#known = now
    this.changed()
  }
}

async function signature(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
    return `${ino}/${size}/${mtimeNs}/${ctimeNs}`
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'gone'
  }
}
