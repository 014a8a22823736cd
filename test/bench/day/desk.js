// The operators' desk: what they do goes over the gateway's control socket, as their commands do it. Whoever didn't hear
// what became of a thing looks before doing it again.
import { findMatched } from '../../../dist/exchange/index.js'
import { callControl, journalDir } from '../../../dist/gateway/index.js'
import { Journal } from '../../../dist/store/index.js'
import { pause } from '../../torture/wait.js'

const RETRY_MS = 20

export class Desk {
  done = { tips: 0, viable: 0, notViable: 0, lodged: 0 }
  #dir
  #book
  #lodged = new Set()
  #queue = Promise.resolve()

  constructor(dir, book) {
    this.#dir = dir
    this.#book = book
  }

  /** One thing after another. */
  do(event) {
    this.#queue = this.#queue.then(() => this[event.what](event))
  }

  /** Resolves when all is done. */
  get finished() {
    return this.#queue
  }

  async tip({ text, place }) {
    await this.#once(
      () => this.#act('tips', 'take', { text, place }),
      async () => (await this.#view('tips', { all: true })).some((each) => each.text === text),
    )
    this.done.tips++
  }

  /** The oldest tip that waits. */
  async decide({ viable }) {
    const [tip] = await this.#wait(
      () => this.#view('tips', { state: 'referred' }),
      (tips) => tips.length > 0,
    )
    await this.#once(
      () => this.#act('tips', 'decide', { number: tip.number, viable }),
      async () =>
        (await this.#view('tips', { all: true }))
          .find((each) => each.number === tip.number)
          .state.endsWith('viable'),
    )
    this.done[viable ? 'viable' : 'notViable']++
  }

  /** The next person who was matched and has no detainer of an operator's. */
  async lodge() {
    const next = () => this.#book.matches.find(({ arn }) => !this.#lodged.has(arn))
    while (!next()) await this.#book.next()
    const { reference, arn } = next()
    this.#lodged.add(arn)
    const dir = journalDir(this.#dir)
    const matched = findMatched((onRecord) => Journal.scan({ dir, whole: true, onRecord }), reference)
    await this.#once(
      () => this.#act('detainer', 'lodge', { address: matched.address, arn }),
      async () =>
        (await this.#view('detainer', {})).some((each) => each.by === 'operator' && each.arn === arn),
    )
    this.done.lodged++
  }

  /** Does a thing until it is done, once. @param isDone looks whether it is, where nobody heard. */
  async #once(act, isDone) {
    for (;;) {
      const heard = await act()
      if (heard !== undefined) return
      const done = await this.#wait(isDone, () => true)
      if (done) return
    }
  }

  async #wait(look, holds) {
    for (;;) {
      const seen = await look()
      if (seen !== undefined && holds(seen)) return seen
      await pause(RETRY_MS)
    }
  }

  #act = (service, action, args) => this.#call({ call: 'act', service, action, args })
  #view = async (service, args) => {
    for (;;) {
      const seen = await this.#call({ call: 'view', service, args })
      if (seen !== undefined) return seen
      await pause(RETRY_MS)
    }
  }

  /** Undefined where the gateway is down or ended before it answered. */
  async #call(call) {
    try {
      const reply = await callControl(this.#dir, call)
      return reply.served ? (reply.answer ?? null) : undefined
    } catch (error) {
      if (/ended before it answered|ECONNRESET|EPIPE/.test(error.message)) return undefined
      throw error
    }
  }
}
