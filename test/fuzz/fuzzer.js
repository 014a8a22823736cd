import { Finding, signature } from './finding.js'
import { mutate } from './mutate.js'
import { hash, Random } from './random.js'

/** Inputs between two looks at the blocks that ran. */
const LOOK_EVERY = 1000
/** Looks in a row that found nothing, after which no more are taken. */
const IDLE_LOOKS = 25
const SLOW_MS = 200
/** Most inputs stay below, since long ones cost the time of many short ones. */
const OFTEN_BYTES = 3000
const MOST_SHRINKS = 4000

/**
 * Runs one target: everything in its corpus first, then mutations of it. An input whose outcome has a feature that was
 * never seen, or that ran a block of code that never ran, becomes a member of the corpus.
 */
export class Fuzzer {
  #target
  #random
  #coverage
  #idle = 0
  #features = new Set()
  #inputs = new Set()
  #signatures = new Set()
  #batch = []
  corpus = []
  grown = []
  findings = []
  executed = 0
  slowest = { ms: 0, bytes: 0 }

  /**
   * @param {object} target see targets/index.js
   * @param {{ seed: number, coverage?: import('./coverage.js').BlockCoverage }} options
   */
  constructor(target, { seed, coverage }) {
    this.#target = target
    this.#random = new Random(seed, target.name)
    this.#coverage = coverage
  }

  /** Runs given inputs as they are and makes them the corpus. */
  async load(inputs) {
    this.#coverage?.start()
    for (const bytes of inputs) {
      await this.#try(bytes)
      this.#keep(bytes, false)
    }
    this.#coverage?.take()
    this.#batch = []
  }

  /** Mutates until `done` says so; it is asked before every input. */
  async run(done, onInput = () => {}) {
    while (!done()) {
      const bytes = this.#next()
      const tried = this.#try(bytes)
      if (tried instanceof Promise ? await tried : tried) this.#keep(bytes, true)
      if (this.#coverage) {
        this.#batch.push(bytes)
        if (this.#batch.length >= LOOK_EVERY) await this.#look()
      }
      onInput()
    }
  }

  #next() {
    const random = this.#random
    const other = () => this.corpus[random.below(this.corpus.length)] ?? Buffer.alloc(0)
    // What was found last is what is least explored.
    const recent = random.once(3)
      ? this.corpus[this.corpus.length - 1 - random.small(this.corpus.length)]
      : other()
    const { tokens = [], most = 4096 } = this.#target
    const how = { other, tokens, most: random.once(40) ? most : Math.min(most, OFTEN_BYTES) }
    return this.#target.mutate?.(random, recent, how) ?? mutate(random, recent, how)
  }

  /** Runs an input. True where its outcome is new; a finding is kept and is nothing new. */
  #try(bytes) {
    this.executed++
    const began = performance.now()
    try {
      const features = this.#target.run(bytes)
      if (!(features instanceof Promise)) return this.#judge(bytes, features, performance.now() - began)
      return features.then(
        (found) => this.#judge(bytes, found, performance.now() - began),
        (error) => this.#found(bytes, error),
      )
    } catch (error) {
      return this.#found(bytes, error)
    }
  }

  #judge(bytes, features, ms) {
    if (ms > this.slowest.ms) this.#slow(bytes, ms)
    let fresh = false
    for (const feature of features)
      if (!this.#features.has(feature)) {
        this.#features.add(feature)
        fresh = true
      }
    return fresh
  }

  /** A busy machine makes any input slow once; one that is slow three times is. Waiting targets aren't timed. */
  #slow(bytes, ms) {
    let least = ms
    if (ms > 20 && !this.#target.waits) for (let i = 0; i < 3; i++) least = Math.min(least, this.#time(bytes))
    if (least > this.slowest.ms) this.slowest = { ms: least, bytes: bytes.length }
    if (least > SLOW_MS && !this.#target.waits)
      this.#found(bytes, new Finding(`no input takes more than ${SLOW_MS} ms`, `${least.toFixed(0)} ms`))
  }

  #time(bytes) {
    const began = performance.now()
    this.#target.run(bytes)
    return performance.now() - began
  }

  #found(bytes, error) {
    const mark = signature(error)
    if (this.#signatures.has(mark)) return false
    this.#signatures.add(mark)
    this.findings.push({ target: this.#target.name, mark, bytes: Buffer.from(bytes), error })
    return false
  }

  #keep(bytes, grown) {
    const mark = hash(bytes)
    if (this.#inputs.has(mark)) return
    this.#inputs.add(mark)
    const copy = Buffer.from(bytes)
    this.corpus.push(copy)
    if (grown) this.grown.push(copy)
  }

  /** Finds the input of the batch that ran new blocks by running halves of it again. */
  async #look() {
    let batch = this.#batch
    this.#batch = []
    let wanted = this.#coverage.peek()
    if (wanted.length === 0) {
      if (++this.#idle >= IDLE_LOOKS) this.finish()
      return
    }
    this.#idle = 0
    while (batch.length > 1) {
      const half = batch.slice(0, batch.length >> 1)
      this.#coverage.peek()
      for (const bytes of half) await this.#again(bytes)
      const ran = new Set(this.#coverage.peek())
      const here = wanted.filter((block) => ran.has(block))
      batch = here.length > 0 ? half : batch.slice(batch.length >> 1)
      if (here.length > 0) wanted = here
    }
    if (batch[0]) {
      await this.#again(batch[0])
      this.#coverage.take()
      this.#keep(batch[0], true)
    }
  }

  /** Ends the counting of blocks. */
  finish() {
    this.#coverage?.stop()
    this.#coverage = undefined
  }

  async #again(bytes) {
    try {
      await this.#target.run(bytes)
    } catch {
      // It was counted when it ran first.
    }
  }

  /** Cuts a finding's input down to what still shows the same fault. */
  async shrink(finding) {
    const until = performance.now() + 5000
    let left = MOST_SHRINKS
    const shows = async (bytes) => {
      left--
      try {
        await this.#target.run(bytes)
        return false
      } catch (error) {
        return signature(error) === finding.mark
      }
    }
    let best = finding.bytes
    if (!(await shows(best))) return best
    for (let size = best.length >> 1; size >= 1; size >>= 1)
      for (let at = 0; at < best.length && left > 0 && performance.now() < until; ) {
        const without = Buffer.concat([best.subarray(0, at), best.subarray(at + size)])
        if (await shows(without)) best = without
        else at += size
      }
    return best
  }
}
