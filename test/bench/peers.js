// What a user might take in the gateway's place: a mountebank TCP imposter and an HL7 server (npm), which answer a question of
// the same length with two frames of the same lengths. They have a package of their own, installed when they are measured.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { child, close, median, QUERY } from './parts.js'
import { twoFrames } from './rows.js'

const here = new URL('./peers/', import.meta.url).pathname
const base64 = (text) => Buffer.from(text, 'latin1').toString('base64')
const WARM_SECONDS = 3
/** By which byte a frame of MLLP ends. */
const FILE_SEPARATOR = 0x1c

function install() {
  if (existsSync(join(here, 'node_modules'))) return
  process.stderr.write('installing the peers (test/bench/peers) …\n')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    ...{ cwd: here, stdio: ['ignore', 'ignore', 'inherit'] },
  })
  if (status !== 0) throw new Error('npm ci failed in test/bench/peers')
}

/** An HL7 message so long, as far as its remark makes it. */
function hl7(type, length) {
  const head = `MSH|^~\\&|BENCH|SWITCH|LESC|VT|20261125120000||${type}|BENCH00001|P|2.5\rPID|1||A99000017||QUIXTLANO^ZEFERINDA||19851117|F\rNTE|1||`
  return `${head}${'SYNTHETIC '.repeat(100).slice(0, Math.max(0, length - head.length - 1))}\r`
}

/** Rounds of echo, peers and gateway in turn, at so many connections. */
export async function measurePeers({ connections, rounds, seconds }) {
  install()
  const dir = mkdtempSync(join(os.tmpdir(), 'iaq-bench-'))
  const started = []
  try {
    const start = async (file, message) => {
      const server = await child(file, message)
      started.push(server)
      return server
    }
    const gateway = await start('gateway.js', { data: join(dir, 'data'), flags: {}, instant: true })
    const query = base64(QUERY)
    const frames = await twoFrames(gateway.reply.port, query)
    const final = frames.length - frames.indexOf(3) - 1
    const framed = base64(`\x0b${hl7('ADT^A01', QUERY.length)}\x1c\r`)
    const servers = {
      echo: { server: await start('echo.js', { frames: frames.toString('base64') }) },
      mountebank: { server: await start('peers/mountebank.js', { frames: frames.toString('base64') }) },
      hl7: {
        server: await start('peers/hl7.js', { result: hl7('ORU^R01', final) }),
        queries: [framed],
        end: FILE_SEPARATOR,
      },
      gateway: { server: gateway },
    }
    const rates = Object.fromEntries(Object.keys(servers).map((name) => [name, []]))
    for (let round = -1; round < rounds; round++)
      for (const [name, { server, queries = [query], end }] of Object.entries(servers)) {
        const time = round < 0 ? WARM_SECONDS : seconds
        const asked = { port: server.reply.port, connections, depth: 1, seconds: time, queries, end }
        const { rate } = (await child('client.js', asked)).reply
        if (round >= 0) rates[name].push(rate)
      }
    await close(gateway)
    const times = (name) => Number(median(rates.gateway.map((rate, i) => rate / rates[name][i])).toFixed(2))
    return {
      row: `peers, ${connections} connections`,
      ...Object.fromEntries(Object.entries(rates).map(([name, all]) => [name, Math.round(median(all))])),
      ...{ overMountebank: times('mountebank'), overHl7: times('hl7') },
    }
  } finally {
    for (const { process: each } of started) each.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}

export function peersLine({ row, gateway, echo, mountebank, hl7, overMountebank, overHl7 }) {
  return (
    `${row.padEnd(30)}gateway ${gateway}/s   echo ${echo}/s   mountebank ${mountebank}/s (x ${overMountebank})   ` +
    `HL7 ${hl7}/s (x ${overHl7})\n`
  )
}
