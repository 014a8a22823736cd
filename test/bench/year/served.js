// The gateway of the year: the command itself in processes of its own, store synced, log on.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const command = new URL('../../../scripts/iaq-gateway.js', import.meta.url).pathname
const POLL_MS = 50

function run(args, stdio) {
  const child = spawn(process.execPath, [command, ...args], { stdio })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  return child
}

async function exitOf(child, what) {
  const [code, signal] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${what} ended with ${code ?? signal}`)
}

/** A configuration with a listener a link, each on a port that is free. @returns its file. */
export function writeConfig({ dir, links, delivery = 'written' }) {
  const file = join(dir, 'year.yaml')
  const lines = [`data: ${JSON.stringify(join(dir, 'data'))}`, 'listen:']
  for (const { name } of links) lines.push(`  - { port: 0, link: ${JSON.stringify(name)} }`)
  lines.push('links:')
  for (const { name, oris } of links)
    lines.push(`  - { name: ${JSON.stringify(name)}, oris: ${JSON.stringify(oris)}, delivery: ${delivery} }`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

/** `generate | load`, as a user does it. */
export async function load({ config, records, seed }) {
  const makes = run(['generate', '--records', `${records}`, '--seed', seed], ['ignore', 'pipe', 'inherit'])
  const loads = run(['load', '-', '--config', config], [makes.stdout, 'ignore', 'inherit'])
  await Promise.all([exitOf(makes, 'generate'), exitOf(loads, 'load')])
}

/** Starts the gateway; its log goes to a file. @returns the process and its ports, in the order of its listeners. */
export async function serve({ dir, config, listeners }) {
  const file = join(dir, 'gateway.log')
  const log = openSync(file, 'w')
  const process_ = run(['serve', '--config', config], ['ignore', 'ignore', log])
  closeSync(log)
  for (;;) {
    const text = readFileSync(file, 'utf8')
    const said = text.split('\n').filter((line) => line.includes('"listening"'))
    if (said.length === listeners && text.endsWith('\n'))
      return { process: process_, ports: said.map((line) => JSON.parse(line).port) }
    if (process_.exitCode !== null) throw new Error(`serve ended with ${process_.exitCode}:\n${text}`)
    await new Promise((go) => setTimeout(go, POLL_MS))
  }
}

/** `stats --json` of the gateway that serves. */
export async function stats(config, args = []) {
  const asks = run(['stats', '--json', '--config', config, ...args], ['ignore', 'pipe', 'inherit'])
  let text = ''
  asks.stdout.on('data', (chunk) => {
    text += chunk
  })
  await Promise.all([exitOf(asks, 'stats'), once(asks.stdout, 'end')])
  return JSON.parse(text)
}

/** Highest resident memory so far, in MiB. */
export const peakMiB = ({ pid }) =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024)

/** Ticks of the kernel's accounts: 100 a second on every Linux that Node runs on. */
const TICKS = 100

/** Seconds of processor time that a process has used in all its threads. */
export function cpuSeconds({ pid }) {
  const after = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(after[11]) + Number(after[12])) / TICKS
}

export async function stop({ process: process_ }) {
  process_.kill('SIGTERM')
  await exitOf(process_, 'serve')
}

/** Bytes written to the journal's segments, without the zeros that they were filled with beforehand. */
export function journalBytes(dir) {
  const folder = join(dir, 'data', 'journal')
  let sum = 0
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.journal')) continue
    const bytes = readFileSync(join(folder, name))
    let end = bytes.length
    while (end > 0 && bytes[end - 1] === 0) end--
    sum += end
  }
  return sum
}
