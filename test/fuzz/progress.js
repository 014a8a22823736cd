const TERMINAL_MS = 250
const PLAIN_MS = 10_000

const number = (n) => Math.round(n).toLocaleString('en-US')

/** How it goes: one line that is written over on a terminal, a line now and then elsewhere. */
export class Progress {
  #fuzzer
  #name = ''
  #began = 0
  #next = 0
  #every = process.stderr.isTTY ? TERMINAL_MS : PLAIN_MS

  start(fuzzer, name) {
    this.#fuzzer = fuzzer
    this.#name = name
    this.#began = performance.now()
    this.#next = this.#began + this.#every
  }

  tick() {
    if (performance.now() < this.#next) return
    this.#next = performance.now() + this.#every
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${this.#line()}` : `${this.#line()}\n`)
  }

  stop() {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  }

  #line() {
    const { executed, corpus, findings } = this.#fuzzer
    const rate = executed / ((performance.now() - this.#began) / 1000)
    return `${this.#name}: ${number(executed)} inputs, ${number(rate)}/s, corpus ${corpus.length}, findings ${findings.length}`
  }
}

/** The closing table: a row a target. */
export function table(results, blocks) {
  const rows = results.map(({ name, fuzzer, seconds }) => [
    name,
    number(fuzzer.executed),
    number(fuzzer.executed / seconds),
    `${fuzzer.corpus.length}`,
    `${fuzzer.grown.length}`,
    `${fuzzer.slowest.ms.toFixed(1)} ms`,
    `${fuzzer.findings.length}`,
  ])
  const all = [['target', 'inputs', 'a second', 'corpus', 'grown', 'slowest', 'findings'], ...rows]
  const widths = all[0].map((_, i) => Math.max(...all.map((row) => row[i].length)))
  const lines = all.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  )
  const total = results.reduce((sum, { fuzzer }) => sum + fuzzer.executed, 0)
  return `${lines.join('\n')}\n${number(total)} inputs${blocks === undefined ? '' : `, ${number(blocks)} blocks of code ran`}\n`
}
