// One connection of a state switch: sends queries, reads what comes into the book, acknowledges where its link asks for it.
import { connect } from '../../dist/client/index.js'
import { ackFrame } from '../../dist/frame/index.js'
import { query } from './messages.js'

/** Opens a connection. `withhold` is the share of messages that stay unacknowledged until {@link release}. */
export async function openSwitch({ port, link, framing, book, dice, id, withhold = 0, proxied = false }) {
  const client = await connect({ host: '127.0.0.1', port, framing })
  const own = { id, link: link.name, proxied, cut: false, finished: false, ended: false, pending: 0, last: 0 }
  let held = []
  const acknowledge = (counts) => {
    if (counts.length === 0 || own.ended) return
    try {
      client.raw(Buffer.concat(counts.map((count) => ackFrame(framing, count))))
    } catch {
      // The connection has ended; the gateway will send these again.
    }
  }
  const read = (async () => {
    for await (const received of client) {
      book.take(own, received)
      if (link.delivery !== 'acknowledged' || received.problem) continue
      if (dice.chance(withhold)) held.push(received.outCount)
      else acknowledge([received.outCount])
    }
  })()
  const ended = Promise.all([client.closed, read]).then(([closing]) => {
    own.ended = true
    // What a peer's FIN ends came whole. Any other end may have destroyed what was on its way.
    own.cut = own.proxied || (closing.by !== 'gateway' && !own.finished)
    book.say(`${id} ended by ${closing.by}: ${closing.reason}`)
    book.look()
  })
  let first = true
  return {
    own,
    ended,
    /** Pipelines so many queries, in one write or several. The first binds the connection, so it is a good one. */
    ask(count) {
      const messages = []
      for (let i = 0; i < count; i++) {
        const refused = !first && dice.chance(0.02)
        first = false
        const control = book.asked(own, refused)
        const form = dice.chance(0.3) ? 'xml' : 'text'
        messages.push(query({ ori: link.ori, control, form, dice, refused }))
      }
      try {
        while (messages.length > 0) client.sendAll(messages.splice(0, dice.between(1, 200)))
      } catch {
        // Ended meanwhile: what wasn't sent was never taken in, and the book promises nothing for it.
      }
    },
    /** Acknowledges what was withheld, and withholds nothing more. */
    release() {
      withhold = 0
      acknowledge(held)
      held = []
    },
    /** Ends in order, once nothing is to come. */
    async close() {
      own.finished = true
      await Promise.race([client.close(), new Promise((go) => setTimeout(go, 3000))])
      client.destroy()
      await ended
    },
    destroy: () => client.destroy(),
  }
}
