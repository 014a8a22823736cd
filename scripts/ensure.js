#!/usr/bin/env node
// Makes a fresh clone ready: installs what the lockfile says when that isn't done yet, and builds when dist/ is
// missing or older than the sources. Uses nothing but Node and npm, since it runs before anything is installed.
//   node scripts/ensure.js build          install and build where needed
//   node scripts/ensure.js run vitest …   then run a command of the installed packages
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.iaq-lockfile')
const built = join(root, 'dist', '.built')
const say = (text) => process.stderr.write(`iaq-gateway: ${text}\n`)

/** @param {string} dir @returns {number} the newest change below a folder, in milliseconds */
function newest(dir) {
  let latest = 0
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return latest
}

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: false })
  if (result.status !== 0) {
    throw new Error(`'${command} ${args.join(' ')}' failed${result.error ? `: ${result.error.message}` : ''}`)
  }
}

function install() {
  const lock = join(root, 'package-lock.json')
  if (!existsSync(lock)) return
  const hash = createHash('sha256').update(readFileSync(lock)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  if (existsSync(join(root, 'node_modules', '.package-lock.json')) && !existsSync(stamp)) {
    // Somebody ran npm himself; npm says whether it fits the lockfile.
    const fits = spawnSync('npm', ['ls', '--all', '--silent'], { cwd: root, stdio: 'ignore' }).status === 0
    if (fits) return writeFileSync(stamp, hash)
  }
  say('installing what package-lock.json says (npm ci --ignore-scripts) …')
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'])
  writeFileSync(stamp, hash)
}

function current() {
  if (!existsSync(built)) return false
  const at = statSync(built).mtimeMs
  const sources = [join(root, 'tsconfig.json'), join(root, 'tsconfig.build.json'), join(root, 'package.json')]
  return at >= newest(join(root, 'src')) && sources.every((path) => statSync(path).mtimeMs <= at)
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Two commands that start together build once: a file with the builder's process number is the lock. */
function withLock(work) {
  const lock = join(root, 'node_modules', '.iaq-building')
  for (;;) {
    try {
      writeFileSync(lock, `${process.pid}`, { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  }
  try {
    work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** Into a folder beside, so that a failed build leaves what there was. */
function build() {
  if (current()) return
  say('building (tsc) …')
  const dist = join(root, 'dist')
  const fresh = join(root, 'dist.new')
  rmSync(fresh, { recursive: true, force: true })
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh])
  rmSync(dist, { recursive: true, force: true })
  renameSync(fresh, dist)
  writeFileSync(built, '')
}

/** Installs and builds where needed. A package from a registry has no sources and is built already. */
export function ensureBuilt() {
  if (!existsSync(join(root, 'src')) || !existsSync(join(root, 'tsconfig.build.json'))) return
  if (existsSync(stamp) && current()) return
  try {
    install()
    if (!current()) withLock(build)
  } catch (error) {
    say(error.message)
    process.exit(1)
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const [verb, command, ...args] = process.argv.slice(2)
  ensureBuilt()
  if (verb === 'run' && command) {
    const bin = join(root, 'node_modules', '.bin', command)
    process.exit(spawnSync(bin, args, { cwd: root, stdio: 'inherit' }).status ?? 1)
  }
}
