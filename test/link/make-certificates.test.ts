import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench, kind, query } from '../gateway/helpers.js'
import { makeCertificates } from './certificates.js'

let bench: Bench
let dir: string

beforeEach(() => {
  bench = new Bench()
  dir = join(bench.folder(), 'a folder')
})
afterEach(() => bench[Symbol.asyncDispose]())

describe('make-certificates', () => {
  it('what it prints is a configuration that works, with what it made', async () => {
    const { code, out, err } = makeCertificates('--out', dir, '--links', 'ZZ,state-switch', '--days', '30')
    expect(code).toBe(0)
    const names = ['ZZ', 'ca', 'server', 'state-switch']
    expect(readdirSync(dir).sort()).toEqual(
      [...names.flatMap((each) => [`${each}.key`, `${each}.pem`]), 'denied.txt'].sort(),
    )
    for (const name of names) {
      expect(statSync(join(dir, `${name}.key`)).mode & 0o777).toBe(0o600)
      expect(err).toContain(join(dir, `${name}.pem`))
    }
    const until = new X509Certificate(readFileSync(join(dir, 'ZZ.pem'))).validTo
    expect(Math.round((Date.parse(until) - Date.now()) / 86_400_000)).toBe(30)
    const config = join(bench.folder(), 'iaq-gateway.yaml')
    writeFileSync(config, out)
    const served = await bench.serve(bench.folder(), '--config', config)
    const read = (name: string): Buffer => readFileSync(join(dir, name))
    const tls = { ca: read('ca.pem'), key: read('ZZ.key'), cert: read('ZZ.pem') }
    const client = await bench.client(served.port, { tls })
    expect(kind((await client.ask(query('MADE'))).answer)).toBe('NO MATCH')
  })

  it('run again it keeps the authority and makes the rest anew', () => {
    expect(makeCertificates('--out', dir, '--links', 'ZZ').code).toBe(0)
    const read = (name: string): string => readFileSync(join(dir, name), 'utf8')
    const [authority, first] = [read('ca.pem'), read('ZZ.pem')]
    writeFileSync(join(dir, 'denied.txt'), 'gone\n')
    expect(makeCertificates('--out', dir, '--links', 'ZZ,FL').code).toBe(0)
    expect(read('ca.pem')).toBe(authority)
    expect(read('ZZ.pem')).not.toBe(first)
    expect(read('denied.txt')).toBe('gone\n')
    const signer = new X509Certificate(authority)
    expect(new X509Certificate(read('FL.pem')).checkIssued(signer)).toBe(true)
  })

  it.each([
    ['nothing', [], /--out and --links are needed/],
    ['an unknown option', ['--colour', 'blue'], /Unknown option '--colour'/],
    ['a name that is none', ['--links', 'ZZ,../x'], /'\.\.\/x' can't name a link/],
    ['the authority’s name', ['--links', 'CA'], /'CA' can't name a link/],
    ['the same twice', ['--links', 'ZZ,zz'], /link 'zz' is there twice/],
    ['days that are none', ['--links', 'ZZ', '--days', 'soon'], /--days is a number of days, not 'soon'/],
  ])('used wrongly: %s', (_, args, text) => {
    const { code, out, err } = makeCertificates(...(args.length > 0 ? ['--out', dir] : []), ...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(text)
    expect(readdirSync(join(dir, '..'))).toEqual([])
  })

  it('says what to install where there is no openssl', () => {
    const path = process.env.PATH
    process.env.PATH = bench.folder()
    bench.after(() => {
      process.env.PATH = path
    })
    const { code, err } = makeCertificates('--out', dir, '--links', 'ZZ')
    expect(code).toBe(1)
    expect(err).toMatch(/openssl is not there: install it \(Debian, Ubuntu: apt install openssl/)
  })
})
