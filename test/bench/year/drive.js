// The client: a connection a link, at most 16 messages of each unanswered, everything as fast as the gateway takes it.
import { closeSync, openSync, readSync } from 'node:fs'
import net from 'node:net'
import { Frames } from './account.js'
import { HEAD, KINDS } from './messages.js'

const MOST_UNANSWERED = 16
const PIECE = 1 << 16
/** A tip gets no answer, so that it never holds a place. */
const UNANSWERED_KIND = KINDS.indexOf('AM')
/** Without any answer for so long, what is missing counts as lost. */
const PATIENCE_MS = 60_000

/** Messages of a link's file, one after another, read in pieces. */
class Source {
  #fd
  #buffer = Buffer.alloc(0)
  #at = 0

  constructor(file) {
    this.#fd = openSync(file, 'r')
  }

  /** @returns number, kind and the frame's bytes of the next message; undefined after the last. */
  next() {
    if (!this.#holds(HEAD) || !this.#holds(HEAD + this.#buffer.readUInt16LE(this.#at + 4))) return undefined
    const at = this.#at
    const number = this.#buffer.readUInt32LE(at)
    const end = at + HEAD + this.#buffer.readUInt16LE(at + 4)
    this.#at = end
    return { number, kind: this.#buffer[at + 6], frame: this.#buffer.subarray(at + HEAD, end) }
  }

  #holds(bytes) {
    while (this.#buffer.length - this.#at < bytes) {
      const piece = Buffer.allocUnsafe(PIECE)
      const read = readSync(this.#fd, piece, 0, PIECE, null)
      if (read === 0) return false
      // Not into the same memory: what was handed out may still wait in a socket.
      this.#buffer = Buffer.concat([this.#buffer.subarray(this.#at), piece.subarray(0, read)])
      this.#at = 0
    }
    return true
  }

  close() {
    closeSync(this.#fd)
  }
}

/**
 * Sends everything and reads what comes back.
 * @param links each with `port` and `file`.
 * @returns `seconds` from the first byte sent to the last answer read, and `close`; answers that nobody waits for (of
 * detainers) are read until then.
 */
export async function drive({ links, account, total, progress }) {
  const sockets = await Promise.all(links.map(({ port }) => connected(port)))
  let [done, lastAnswer, open] = [0, 0, links.length]
  const from = performance.now()
  const shown = setInterval(() => progress(`${done} of ${total} done`), 5000)
  await new Promise((finish, fail) => {
    const stalled = setInterval(() => {
      if (performance.now() - Math.max(from, lastAnswer) > PATIENCE_MS) finish()
    }, 1000)
    stalled.unref()
    links.forEach(({ file, name }, i) => {
      const socket = sockets[i]
      const source = new Source(file)
      const frames = new Frames()
      let [waiting, ended] = [0, false]
      const send = () => {
        const now = performance.now()
        const batch = []
        while (!ended && waiting < MOST_UNANSWERED) {
          const message = source.next()
          if (!message) {
            ended = true
            source.close()
            break
          }
          account.sent(message.number, now)
          batch.push(message.frame)
          if (message.kind === UNANSWERED_KIND) done++
          else waiting++
        }
        if (batch.length > 0) socket.write(batch.length === 1 ? batch[0] : Buffer.concat(batch))
        if (ended && waiting === 0 && --open === 0) finish()
      }
      socket.on('data', (chunk) => {
        const now = performance.now()
        let freed = 0
        frames.each(chunk, (bytes, start, end) => {
          if (account.take(bytes, start, end, now)) freed++
        })
        if (freed === 0) return
        lastAnswer = now
        waiting -= freed
        done += freed
        send()
      })
      socket.on('close', () => fail(new Error(`the gateway closed link ${name}`)))
      socket.on('error', fail)
      send()
    })
  }).finally(() => clearInterval(shown))
  return {
    seconds: (lastAnswer - from) / 1000,
    close: () => {
      for (const socket of sockets) socket.removeAllListeners('close').destroy()
    },
  }
}

function connected(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.off('error', reject)
      resolve(socket)
    })
    socket.setNoDelay(true)
    socket.once('error', reject)
  })
}
