// The kinds of rounds. Each takes an era, does its harm, and leaves the store at rest.
import { LINKS } from './links.js'
import { BadProxy } from './proxy.js'
import { narrow } from './small-disk.js'
import { pause, until } from './wait.js'

/** Longest wait for the moment of harm: when so many messages don't come, it comes without them. */
const MOMENT_MS = 6000
const SHARE_WITHHELD = 0.1

/** Load, up to a moment: after a random number of messages, and a little later than that. */
async function untilMoment(era, expected) {
  const wanted = era.dice.between(0, Math.ceil(expected * 1.05))
  const from = era.book.frames.length
  await era.book.watch(() => era.book.frames.length - from >= wanted || era.book.quiet, MOMENT_MS)
  if (era.dice.chance(0.5)) await pause(era.dice.next() * 4)
}

async function loaded(era) {
  await era.serve()
  const withhold = era.dice.chance(0.5) ? SHARE_WITHHELD : 0
  await untilMoment(era, await era.load({ withhold }))
}

/** kill -9 at a random moment. */
async function kill(era) {
  await loaded(era)
  await era.kill()
}

/** The machine goes down at a random moment, sometimes again soon after it came up. */
async function crash(era) {
  await loaded(era)
  await era.crash()
  if (!era.dice.chance(0.35)) return
  // Before anybody is there to take what waits, or amid the load.
  if (era.dice.chance(0.5)) await era.serve()
  else await loaded(era)
  if (era.dice.chance(0.5)) await era.kill()
  else await era.crash()
}

/** A clean stop at a random moment. */
async function term(era) {
  await loaded(era)
  await era.stop()
}

/** The process is stopped and goes on, several times under load; everything is answered nonetheless. */
async function freeze(era) {
  await era.serve()
  const expected = await era.load()
  for (let i = era.dice.between(1, 4); i > 0; i--) {
    await untilMoment(era, expected / 4)
    era.book.say('SIGSTOP')
    era.served.signal('SIGSTOP')
    await pause(era.dice.between(20, 250))
    era.book.say('SIGCONT')
    era.served.signal('SIGCONT')
  }
  await era.settle()
  await era.stop()
}

/** Every connection goes through a proxy that ends it badly; what was cut off connects again, for a while. */
async function proxy(era) {
  await era.serve()
  const own = new BadProxy(era.served.port, era.dice.fork())
  const port = await own.listen()
  const worst = era.dice.chance(0.5) ? SHARE_WITHHELD : 0
  await era.load({ port, withhold: worst })
  for (let i = era.dice.between(2, 8); i > 0; i--) {
    await Promise.race([...era.switches.map((each) => each.ended), pause(250)])
    await (await era.connect(era.dice.pick(LINKS), { port, withhold: worst })).ask(era.dice.between(1, 120))
  }
  await pause(era.dice.between(0, 300))
  for (const plan of own.plans) era.book.say(`proxy ${JSON.stringify(plan)}`)
  const harsh = era.dice.chance(0.4)
  own.close()
  if (harsh) return era.dice.chance(0.5) ? era.crash() : era.kill()
  await Promise.all(era.switches.map((each) => each.ended))
  await era.settle()
  await era.stop()
}

/** The disk fills while messages come, and there is room again; sometimes the process is killed in between. */
async function full(era) {
  const disk = narrow(era)
  await era.serve({ 'journal.segment': 65_536, 'admin.port': 0, answer: { delay: '0s' } })
  const ready = async () => (await fetch(`http://127.0.0.1:${era.served.admin}/readyz`)).status === 200
  await untilMoment(era, await era.load())
  era.book.say('the disk is full')
  disk.fill(era.served)
  for (const each of [...era.switches]) each.ask(60)
  if (!(await until(async () => !(await ready()), 10_000)))
    era.book.fault('the disk is full, and readyz says 200')
  await pause(era.dice.between(0, 400))
  const killed = era.dice.chance(0.4)
  if (killed) await era.kill()
  era.book.say('the disk has room')
  disk.free(era.served)
  if (killed) await era.serve({ 'admin.port': 0 })
  await era.settle()
  if (!killed && !(await until(ready, 10_000))) era.book.fault('there is room, and readyz says 503')
  await era.stop()
}

export const KINDS = { kill, crash, term, freeze, proxy, full }
