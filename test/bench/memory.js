// npm run bench -- memory: what an idle link takes of the gateway's memory, plain and over TLS, and an answer that waits for
// a link that is away. Kernel buffers of sockets aren't in it.
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { callControl } from '../../dist/gateway/index.js'
import { ask, child, connectTo, makeCertificates, QUERY } from './parts.js'

/** Below a connection's limit of unanswered messages. */
const ASKED_EACH = 1000
const POLL_MS = 20

async function withGateway(flags, use) {
  const dir = mkdtempSync(join(os.tmpdir(), 'iaq-bench-memory-'))
  try {
    const order = { data: join(dir, 'data'), flags, instant: true }
    const gateway = await child('gateway.js', order, ['--expose-gc'])
    const result = await use(gateway, () => ask(gateway.process, 'memory'), join(dir, 'data'))
    // Not drained: what waits is held on purpose.
    gateway.process.removeAllListeners('exit').kill('SIGKILL')
    return result
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const each = (after, before, count) => ({
  heldBytes: Math.round((after.held - before.held) / count),
  residentBytes: Math.round((after.rss - before.rss) / count),
})

/** So many links that say nothing, opened by a process of their own. */
async function idleLinks(count, certificates) {
  const { server, ca } = certificates ?? {}
  const flags = server ? { 'listen.0.tls.key': server.key, 'listen.0.tls.cert': server.cert } : {}
  return withGateway({ 'log.level': 'error', ...flags }, async ({ reply }, memory) => {
    // What is made for the first connection of all is no cost of a link.
    const first = await connectTo(reply.port, ca)
    const before = await memory()
    const links = await child('idle-client.js', { port: reply.port, count, ca })
    const after = await memory()
    links.process.removeAllListeners('exit').kill('SIGKILL')
    first.destroy()
    return { row: `memory, an idle link${ca ? ', TLS' : ''}`, count, ...each(after, before, count) }
  })
}

/** Acknowledgements and answers that wait since an operator holds the link: two a question. */
async function waitingAnswers(count) {
  const flags = { 'log.level': 'error', 'journal.sync': false }
  return withGateway(flags, async ({ reply }, memory, data) => {
    const answered = async () => {
      const { answer } = await callControl(data, { call: 'figures' })
      return answer.reduce((sum, { answers }) => sum + (answers['NO MATCH'] ?? 0), 0)
    }
    const askAll = async (n, total) => {
      const socket = await connectTo(reply.port)
      socket.write(Buffer.concat(Array.from({ length: n }, () => Buffer.from(QUERY, 'latin1'))))
      while ((await answered()) < total) await new Promise((go) => setTimeout(go, POLL_MS))
      socket.destroy()
    }
    await callControl(data, { call: 'hold', link: 'default', held: true })
    await askAll(1, 1)
    const before = await memory()
    for (let asked = 0; asked < count; asked += ASKED_EACH) await askAll(ASKED_EACH, 1 + asked + ASKED_EACH)
    const after = await memory()
    return { row: 'memory, an answer waiting', count: 2 * count, ...each(after, before, 2 * count) }
  })
}

/** @param onResult called with each row when it is there. */
export async function benchMemory({ links, waiting, onResult }) {
  const dir = mkdtempSync(join(os.tmpdir(), 'iaq-bench-certificates-'))
  try {
    const results = []
    for (const row of [
      () => waitingAnswers(waiting),
      () => idleLinks(links),
      () => idleLinks(links, makeCertificates(dir)),
    ]) {
      const result = await row()
      results.push(result)
      onResult(result)
    }
    return results
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

export const memoryLine = ({ row, count, heldBytes, residentBytes }) =>
  `${row.padEnd(30)}${`${heldBytes}`.padStart(9)} bytes held, ${residentBytes} resident (${count})\n`
