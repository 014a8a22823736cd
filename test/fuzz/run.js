// npm run fuzz: mutates a kept corpus against the parsers, for a time or a count, and says what broke a rule.
//   npm run fuzz                                     every target, 10 s each
//   npm run fuzz -- --target xml --seconds 60 --seed 7 --grow
//   npm run fuzz -- --target xml --replay FILE       one input, with what it breaks
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { nameOf, readCorpus, writeCorpus } from './corpus.js'
import { BlockCoverage } from './coverage.js'
import { Fuzzer } from './fuzzer.js'
import { Progress, table } from './progress.js'
import { loadTarget, TARGETS } from './targets/index.js'

const here = new URL('.', import.meta.url).pathname
const HELP = `Usage: npm run fuzz -- [options]

Mutates inputs of a kept corpus and holds what comes out to rules. Exit 1 where one is broken.

  --target NAME    ${Object.keys(TARGETS).join(', ')}
                   (repeatable; default: all)
  --seconds N      time a target (default 10)
  --count N        inputs a target, in place of a time
  --seed S         a whole number; the same seed and count try the same inputs (default 1)
  --corpus DIR     where the kept inputs are (default test/fuzz/corpus)
  --grow           write inputs that showed new behaviour to the corpus
  --no-blocks      leave V8's block coverage out: outcomes alone tell what is new
  --replay FILE    run one input against one --target and show what it breaks
  --help

Example:
  npm run fuzz -- --target text --target xml --seconds 60 --seed 7
`

const options = {
  target: { type: 'string', multiple: true },
  seconds: { type: 'string' },
  count: { type: 'string' },
  seed: { type: 'string', default: '1' },
  corpus: { type: 'string', default: join(here, 'corpus') },
  grow: { type: 'boolean', default: false },
  'no-blocks': { type: 'boolean', default: false },
  replay: { type: 'string' },
  help: { type: 'boolean', default: false },
}

/** Ends the process where it was used wrongly. */
function refuse(reason) {
  process.stderr.write(`fuzz: ${reason}; see npm run fuzz -- --help\n`)
  process.exit(2)
}

function readArguments() {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return refuse(error.message)
  }
}

function wholeNumber(name, text, otherwise) {
  if (text === undefined) return otherwise
  return /^\d{1,15}$/.test(text) ? Number(text) : refuse(`--${name} takes a whole number, not '${text}'`)
}

async function fuzz(name, values, progress, coverage) {
  const seed = wholeNumber('seed', values.seed)
  const count = wholeNumber('count', values.count)
  const until = performance.now() + wholeNumber('seconds', values.seconds, 10) * 1000
  const target = await loadTarget(name)
  const fuzzer = new Fuzzer(target, { seed, coverage })
  const began = performance.now()
  progress.start(fuzzer, name)
  await fuzzer.load([...(await target.seeds()), ...readCorpus(values.corpus, name)])
  const first = fuzzer.executed
  await fuzzer.run(
    () => (count === undefined ? performance.now() >= until : fuzzer.executed - first >= count),
    () => progress.tick(),
  )
  progress.stop()
  fuzzer.finish()
  const seconds = (performance.now() - began) / 1000
  if (values.grow) for (const bytes of fuzzer.grown) writeCorpus(values.corpus, name, bytes)
  for (const finding of fuzzer.findings) await keepFinding(fuzzer, finding, seed)
  return { name, fuzzer, seconds }
}

async function keepFinding(fuzzer, finding, seed) {
  const bytes = await fuzzer.shrink(finding)
  const dir = join(here, 'findings')
  mkdirSync(dir, { recursive: true })
  const file = join(dir, `${finding.target}-${nameOf(bytes)}`)
  writeFileSync(file, bytes)
  const words = finding.error?.stack ?? String(finding.error)
  writeFileSync(`${file}.txt`, `target ${finding.target}\nseed ${seed}\n${words}\n`)
  const shown = relative(process.cwd(), file)
  process.stdout.write(
    `\nFINDING ${finding.target}: ${finding.mark}\n${words.slice(0, 1500)}\n` +
      `  replay: npm run fuzz -- --target ${finding.target} --replay ${shown}\n\n`,
  )
}

async function replay(name, file) {
  if (!existsSync(file)) refuse(`${file}: no such file`)
  const target = await loadTarget(name)
  try {
    const features = await target.run(readFileSync(file))
    process.stdout.write(`nothing is broken; outcome: ${features.join(' | ')}\n`)
    return 0
  } catch (error) {
    process.stdout.write(`${error?.stack ?? error}\n`)
    return 1
  }
}

async function main() {
  // A broken YAML file makes an error a fault, and most of their cost is the stack that nobody reads.
  Error.stackTraceLimit = 6
  const values = readArguments()
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const names = values.target ?? Object.keys(TARGETS)
  const unknown = names.find((name) => !Object.hasOwn(TARGETS, name))
  if (unknown !== undefined) refuse(`no target is called '${unknown}'`)
  if (values.replay !== undefined)
    return names.length === 1 ? replay(names[0], values.replay) : refuse('--replay takes one --target')
  const coverage = values['no-blocks'] ? undefined : new BlockCoverage()
  const progress = new Progress()
  const results = []
  for (const name of names) results.push(await fuzz(name, values, progress, coverage))
  process.stdout.write(table(results, coverage?.blocks))
  return results.some(({ fuzzer }) => fuzzer.findings.length > 0) ? 1 : 0
}

process.exit(await main())
