import { Session } from 'node:inspector'

/**
 * Which blocks of the compiled code have ever run, from V8's own counters. Taking them costs about as much as some
 * hundred inputs, so it is done once for many: the caller then looks for the input among them that made the difference.
 */
export class BlockCoverage {
  #session = new Session()
  #seen = new Set()

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
  }

  /** Counting makes the code some tenths slower, so that it isn't done where nothing new comes of it. */
  start() {
    this.#session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true })
  }

  stop() {
    this.#session.post('Profiler.stopPreciseCoverage')
  }

  get blocks() {
    return this.#seen.size
  }

  /** Blocks that ran since the last call and never before. */
  take() {
    const fresh = this.peek()
    for (const block of fresh) this.#seen.add(block)
    return fresh.length
  }

  /** As {@link take}, without counting them as seen. */
  peek() {
    const fresh = []
    this.#session.post('Profiler.takePreciseCoverage', (error, reply) => {
      if (error) throw new Error(error.message)
      for (const script of reply.result) {
        if (!script.url.includes('/dist/') && !script.url.includes('/fast-xml-parser/')) continue
        for (const { ranges } of script.functions)
          for (const { startOffset, endOffset, count } of ranges) {
            const block = `${script.scriptId}:${startOffset}:${endOffset}`
            if (count > 0 && !this.#seen.has(block)) fresh.push(block)
          }
      }
    })
    return fresh
  }
}
