// What the one who runs the torture sees: the round that is on, or a line a round where nobody watches; a table in the end.

const COLUMNS = [
  ['asked', 'asked'],
  ['acknowledged', 'acknowledged'],
  ['answered', 'answered'],
  ['refused', 'refused'],
  ['marked', 'marked'],
  ['lostInSocket', 'died in a socket'],
  ['anew', 'counts anew'],
]
const SHOWN = 12

export class Report {
  broken = 0
  #wanted
  #rounds = []
  #terminal = process.stderr.isTTY === true

  constructor(wanted) {
    this.#wanted = wanted
    this.#say(`torture: ${wanted.rounds} rounds, seed ${wanted.seed}, ${wanted.clients} connections\n`)
  }

  round(result) {
    this.#rounds.push(result)
    const { round, kind, ms, figures, faults, kept } = result
    this.broken += faults.length
    const line =
      `${`${round}`.padStart(4)}/${this.#wanted.rounds} ${kind.padEnd(7)}${`${ms}`.padStart(6)} ms  ` +
      `${figures.asked} asked, ${figures.answered} answered, ${figures.marked} marked  ` +
      (this.broken > 0 ? `BROKEN ${this.broken}` : 'ok')
    this.#say(this.#terminal ? `\r\x1b[K${line}` : `${line}\n`)
    if (faults.length === 0) return
    const shown = faults.slice(0, SHOWN).map((fault) => `  ${fault}\n`)
    const more = faults.length > SHOWN ? `  and ${faults.length - SHOWN} more\n` : ''
    this.#say(`${this.#terminal ? '\n' : ''}${shown.join('')}${more}  store and transcript.txt: ${kept}\n`)
  }

  end() {
    const kinds = [...new Set(this.#rounds.map(({ kind }) => kind))].sort()
    const rows = [...kinds.map((kind) => this.#sum(kind)), this.#sum(undefined)]
    if (this.#wanted.json) {
      const { rounds, seed, clients } = this.#wanted
      const faults = this.#rounds.flatMap(({ round, kind, faults, kept }) =>
        faults.map((fault) => ({ round, kind, fault, kept })),
      )
      process.stdout.write(`${JSON.stringify({ rounds, seed, clients, kinds: rows, faults })}\n`)
      return
    }
    const head = ['kind', 'rounds', ...COLUMNS.map(([, title]) => title), 'broken']
    const lines = rows.map((row) => [
      row.kind,
      row.rounds,
      ...COLUMNS.map(([name]) => row[name].toLocaleString('en')),
      row.broken,
    ])
    const widths = head.map((title, i) =>
      Math.max(title.length, ...lines.map((cells) => `${cells[i]}`.length)),
    )
    const line = (cells) =>
      cells
        .map((cell, i) => (i === 0 ? `${cell}`.padEnd(widths[i]) : `${cell}`.padStart(widths[i])))
        .join('  ')
    process.stdout.write(`${this.#terminal ? '\n' : ''}${[head, ...lines].map(line).join('\n')}\n`)
  }

  #sum(kind) {
    const own = this.#rounds.filter((each) => kind === undefined || each.kind === kind)
    const sum = (pick) => own.reduce((all, each) => all + pick(each), 0)
    return {
      kind: kind ?? 'all',
      rounds: own.length,
      ...Object.fromEntries(COLUMNS.map(([name]) => [name, sum(({ figures }) => figures[name])])),
      broken: sum(({ faults }) => faults.length),
    }
  }

  #say(text) {
    process.stderr.write(text)
  }
}
