// A TCP proxy that treats its connections badly: slices, delays, limits the bandwidth, resets after so many bytes, ends
// one half, or drops the rest. Each connection has a plan of its own.
import net from 'node:net'
import { pause } from './wait.js'

/** What a connection suffers. Bytes are counted in both directions together. */
export function planFor(dice) {
  return {
    slice: dice.chance(0.5) ? dice.between(1, 700) : 65_536,
    delay: dice.chance(0.5) ? dice.between(1, 8) : 0,
    /** Bytes a millisecond; 0 is no limit. */
    rate: dice.chance(0.3) ? dice.between(50, 800) : 0,
    end: dice.pick(['reset', 'reset', 'half', 'drop', 'never']),
    after: dice.between(2_000, 300_000),
  }
}

export class BadProxy {
  #server
  #sockets = new Set()
  #target
  #dice
  /** Plans given out, for the transcript. */
  plans = []

  constructor(target, dice) {
    this.#target = target
    this.#dice = dice
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#take(socket))
  }

  async listen() {
    await new Promise((done) => this.#server.listen(0, '127.0.0.1', done))
    return this.#server.address().port
  }

  close() {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #take(client) {
    const plan = planFor(this.#dice)
    this.plans.push(plan)
    const gateway = net.connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true })
    const pair = { client, gateway, plan, passed: 0, dropping: false }
    for (const socket of [client, gateway]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        const other = socket === client ? gateway : client
        if (socket.readableEnded) other.end()
        else other.resetAndDestroy()
      })
    }
    this.#pump(pair, client, gateway)
    this.#pump(pair, gateway, client)
  }

  async #pump(pair, from, to) {
    const { plan } = pair
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        for (let at = 0; at < chunk.length; at += plan.slice) {
          const slice = chunk.subarray(at, at + plan.slice)
          const wait = plan.delay + (plan.rate > 0 ? slice.length / plan.rate : 0)
          // Small slices of much would take for ever: they wait now and then.
          if (wait > 0 && (plan.slice > 200 || this.#dice.chance(0.05))) await pause(Math.min(40, wait))
          if (!this.#pass(pair, to, slice)) return
        }
      }
      to.end()
    } catch {
      // Reset by one side; the other learns of it through 'close'.
    }
  }

  /** Returns false where nothing more goes this way. */
  #pass(pair, to, slice) {
    const { plan, client, gateway } = pair
    if (pair.dropping) return true
    pair.passed += slice.length
    if (plan.end === 'never' || pair.passed < plan.after) {
      to.write(slice)
      return true
    }
    // The cut falls within the slice, so within a frame as often as not.
    to.write(slice.subarray(0, Math.max(0, slice.length - (pair.passed - plan.after))))
    if (plan.end === 'reset') {
      client.resetAndDestroy()
      gateway.resetAndDestroy()
      return false
    }
    if (plan.end === 'half') {
      to.end()
      return false
    }
    pair.dropping = true
    setTimeout(() => {
      client.destroy()
      gateway.destroy()
    }, 150)
    return true
  }
}
