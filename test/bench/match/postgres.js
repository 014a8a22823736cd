// The peer: PostgreSQL as a good SQL user would do it. Soundex and double metaphone of surname and given name with the
// date of birth, an index for each way, candidates scored by trigrams and date; one connection, one question a statement.
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const VERSIONS = '/usr/lib/postgresql'

/** Where the server's programs are, or undefined where the machine has none. */
export function postgresHome() {
  if (!existsSync(VERSIONS)) return undefined
  const version = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))[0]
  const home = version && join(VERSIONS, version, 'bin')
  return home && existsSync(join(home, 'initdb')) ? home : undefined
}

const quoted = (text) => `'${text.replaceAll("'", "''")}'`

/** Starts a server of its own in a folder of its own. */
export class Postgres {
  constructor(home) {
    this.home = home
    this.dir = mkdtempSync(join(os.tmpdir(), 'iaq-pg-'))
    const uid = Number(spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' }).stdout)
    this.as = process.getuid?.() === 0 ? { uid, gid: uid } : {}
    if (process.getuid?.() === 0) chownSync(this.dir, uid, uid)
    this.#run('initdb', ['-D', join(this.dir, 'data'), '-A', 'trust', '-U', 'postgres'])
    const options = `-k ${this.dir} -c listen_addresses='' -c shared_buffers=1GB -c jit=off -c fsync=off -c work_mem=256MB -c maintenance_work_mem=1GB`
    this.#run('pg_ctl', [
      '-D',
      join(this.dir, 'data'),
      '-w',
      '-l',
      join(this.dir, 'log'),
      '-o',
      options,
      'start',
    ])
    this.psql = spawn(
      join(home, 'psql'),
      ['-h', this.dir, '-U', 'postgres', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'],
      {
        ...this.as,
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    this.lines = createInterface({ input: this.psql.stdout })[Symbol.asyncIterator]()
  }

  #run(program, args) {
    const { status, stderr } = spawnSync(join(this.home, program), args, {
      ...this.as,
      encoding: 'utf8',
      cwd: this.dir,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    if (status !== 0) throw new Error(`${program}: ${stderr}`)
  }

  /** Runs statements and gives their lines. */
  async ask(sql) {
    this.psql.stdin.write(`${sql}\n\\echo .\n`)
    const lines = []
    for (;;) {
      const { value, done } = await this.lines.next()
      if (done) throw new Error('psql has ended')
      if (value === '.') return lines
      lines.push(value)
    }
  }

  /** @param names of the persons: A-number, surname, given names, date (CCYYMMDD). */
  async fill(names) {
    await this.ask(
      'create extension fuzzystrmatch; create extension pg_trgm; create unlogged table p(arn int, last text, first text, dob int);',
    )
    this.psql.stdin.write('copy p from stdin;\n')
    for await (const { arn, last, first, dob } of names) {
      const line = `${Number(arn)}\t${last}\t${first}\t${dob}\n`.replaceAll('\\', '')
      if (!this.psql.stdin.write(line)) await new Promise((go) => this.psql.stdin.once('drain', go))
    }
    this.psql.stdin.write('\\.\n')
    await this.ask(`
      create index on p(dob, soundex(split_part(last, ' ', 1)));
      create index on p(dob, soundex(split_part(first, ' ', 1)));
      create index on p(soundex(split_part(last, ' ', 1)), soundex(split_part(first, ' ', 1)), (dob / 10000));
      create index on p(dmetaphone(split_part(last, ' ', 1)), dmetaphone(split_part(first, ' ', 1)), (dob / 10000));
      vacuum analyze p;`)
  }

  /** @returns A-numbers, likeliest first. */
  async find({ name, dob }) {
    const [last = '', first = ''] = name.split(', ')
    const [l, f] = [quoted(last), quoted(first)]
    const [l1, f1] = [quoted(last.split(' ')[0] ?? ''), quoted(first.split(' ')[0] ?? '')]
    const year = Math.floor(Number(dob) / 10000)
    const lines = await this.ask(`
      select arn from (
        select * from p where dob = ${dob} and soundex(split_part(last, ' ', 1)) = soundex(${l1})
        union select * from p where dob = ${dob} and soundex(split_part(first, ' ', 1)) = soundex(${f1})
        union select * from p where soundex(split_part(last, ' ', 1)) = soundex(${l1}) and soundex(split_part(first, ' ', 1)) = soundex(${f1}) and dob / 10000 between ${year - 1} and ${year + 1}
        union select * from p where dmetaphone(split_part(last, ' ', 1)) = dmetaphone(${l1}) and dmetaphone(split_part(first, ' ', 1)) = dmetaphone(${f1}) and dob / 10000 between ${year - 1} and ${year + 1}
      ) c order by similarity(last || ' ' || first, ${l} || ' ' || ${f}) + case when dob = ${dob} then .5 when dob / 100 = ${Math.floor(Number(dob) / 100)} then .3 when dob / 10000 = ${year} then .2 else 0 end desc limit 5;`)
    return lines.map((each) => each.padStart(9, '0'))
  }

  async bytes() {
    return Number((await this.ask("select pg_total_relation_size('p');"))[0])
  }

  close() {
    this.psql.stdin.end()
    spawnSync(join(this.home, 'pg_ctl'), ['-D', join(this.dir, 'data'), '-m', 'immediate', 'stop'], {
      ...this.as,
      stdio: 'ignore',
    })
    rmSync(this.dir, { recursive: true, force: true })
  }
}
