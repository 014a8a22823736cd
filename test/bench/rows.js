// The rows that stand beside an echo: the exchange alone, and the whole with the real matcher.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { child, close, connectTo, makeCertificates, median, QUERY, readFrames, XML_QUERY } from './parts.js'
import { questionFrames } from './year/messages.js'
import { journalBytes, load } from './year/served.js'

const UNSYNCED = { 'journal.sync': false }
const LOG_OFF = { 'log.level': 'silent' }
const ROWS = [
  { name: 'exchange, 1 connection', connections: 1 },
  { name: 'exchange, 64 connections' },
  { name: 'exchange, 1,000 connections', connections: 1000 },
  { name: 'exchange, 64 x 16 pipelined', depth: 16 },
  { name: 'exchange, 64, sync off', flags: UNSYNCED },
  { name: 'exchange, 64, log off', flags: LOG_OFF },
  { name: 'exchange, 64, XML', query: XML_QUERY },
  { name: 'exchange, 64, TLS', tls: true },
  { name: 'exchange, 64, TLS, XML', query: XML_QUERY, tls: true },
  { name: 'whole, 64 connections', whole: true },
  { name: 'whole, 64, sync off', whole: true, flags: UNSYNCED },
]
const SEED = 'bench'
/** How long each server is asked before it is measured: a gateway that has just started runs code that isn't compiled yet. */
const WARM_SECONDS = 3
/** Different questions of a whole row; asked again when all were. */
const QUESTIONS = 5000

const formats = new URL('../../formats', import.meta.url).pathname
const base64 = (text) => Buffer.from(text, 'latin1').toString('base64')

export const rowsOf = (names) =>
  ROWS.filter(({ name }) => names.length === 0 || names.some((each) => name.startsWith(each)))

/** Loads so many persons into a store. @returns questions about them and others, as base64. */
export async function loaded(dir, records) {
  const config = join(dir, 'bench.yaml')
  writeFileSync(config, `data: ${JSON.stringify(join(dir, 'data'))}\n`)
  await load({ config, records, seed: SEED })
  return questionFrames({ formats, seed: SEED, records, count: QUESTIONS }).map(base64)
}

/** The two frames that a query gets, for the echo to answer the same. */
export async function twoFrames(port, query, ca) {
  const socket = await connectTo(port, ca)
  socket.write(Buffer.from(query, 'base64'))
  const bytes = await readFrames(socket, 2)
  socket.destroy()
  return bytes
}

/** Rounds of echo and gateway in turn. */
export async function measureRow(row, { rounds, seconds, records }) {
  const { connections = 64, depth = 1, flags = {}, whole = false, query = QUERY } = row
  const dir = mkdtempSync(join(os.tmpdir(), 'iaq-bench-'))
  try {
    const queries = whole ? await loaded(dir, records) : [base64(query)]
    const certificates = row.tls && makeCertificates(join(dir, 'certificates'))
    const { server: certificate, ca } = certificates || {}
    const gateway = await child('gateway.js', {
      data: join(dir, 'data'),
      flags: certificate
        ? { ...flags, 'listen.0.tls.key': certificate.key, 'listen.0.tls.cert': certificate.cert }
        : flags,
      instant: !whole,
    })
    const frames = await twoFrames(gateway.reply.port, queries[0], ca)
    const echo = await child('echo.js', { frames: frames.toString('base64'), certificate })
    const measure = async ({ port }, time = seconds) =>
      (await child('client.js', { port, connections, depth, seconds: time, queries, ca })).reply
    for (const { reply } of [echo, gateway]) await measure(reply, WARM_SECONDS)
    const ours = []
    const theirs = []
    for (let round = 0; round < rounds; round++) {
      theirs.push(await measure(echo.reply))
      ours.push(await measure(gateway.reply))
    }
    echo.process.kill('SIGKILL')
    await close(gateway)
    const ratios = ours.map((each, i) => each.rate / theirs[i].rate)
    return {
      row: row.name,
      rate: Math.round(median(ours.map((each) => each.rate))),
      echo: Math.round(median(theirs.map((each) => each.rate))),
      share: Number(median(ratios).toFixed(3)),
      least: Number(Math.min(...ratios).toFixed(3)),
      most: Number(Math.max(...ratios).toFixed(3)),
      p50ms: Number(median(ours.map((each) => each.p50)).toFixed(2)),
      p99ms: Number(median(ours.map((each) => each.p99)).toFixed(2)),
      startMs: Math.round(gateway.reply.ms),
      ...(whole ? { records } : {}),
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** What one question and its answers take in the journal: so many asked one after another, then the gateway is closed. */
export async function journalOfOne({ count = 2000 } = {}) {
  const dir = mkdtempSync(join(os.tmpdir(), 'iaq-bench-'))
  try {
    const gateway = await child('gateway.js', { data: join(dir, 'data'), flags: UNSYNCED, instant: true })
    const socket = await connectTo(gateway.reply.port)
    socket.write(Buffer.concat(Array.from({ length: count }, () => Buffer.from(QUERY, 'latin1'))))
    await readFrames(socket, 2 * count)
    socket.destroy()
    await close(gateway)
    return { row: 'journal, a query', bytes: Math.round(journalBytes(dir) / count) }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
