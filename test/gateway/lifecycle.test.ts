import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { callControl } from '../../src/gateway/index.js'
import { bench, dir, eachTest, kind, kinds, query, run, SUBJECT, take } from './helpers.js'

eachTest()

describe('one server a store', () => {
  it('a second ends with 2 and names the first; what a killed one left is taken over', async () => {
    const first = await bench.serve(dir)
    const second = run('serve', '--data', dir, '--port', '0')
    expect(second.code).toBe(2)
    expect(second.stderr.trim().split('\n')).toEqual([expect.stringContaining(`process ${first.child.pid}`)])
    await first.kill()
    const third = await bench.serve(dir)
    expect(await third.stop()).toBe(0)
    expect(readdirSync(dir).filter((name) => /lock|sock/.test(name))).toEqual([])
  })

  it('a lock that holds nonsense is nobody’s', async () => {
    writeFileSync(join(dir, 'lock'), 'nonsense')
    await expect(bench.gateway(dir)).resolves.toBeDefined()
    await expect(bench.gateway(dir)).rejects.toThrow(`process ${process.pid}`)
  })
})

describe('as a library', () => {
  it('twice in one process, each with its store; close() may be called again', async () => {
    const one = await bench.gateway(dir)
    const two = await bench.gateway(bench.folder(), { subjects: false })
    expect(one.port).not.toBe(two.port)
    expect([one.persons, two.persons]).toEqual([12, 0])
    const ask = async (port: number): Promise<string> =>
      kind((await (await bench.client(port)).ask(query('L', SUBJECT.match))).answer)
    expect([await ask(one.port), await ask(two.port)]).toEqual(['MATCH', 'NO MATCH'])
    await Promise.all([one.close(), one.close(), two.close()])
    await one.close()
    await expect(bench.gateway(dir)).resolves.toBeDefined()
  })

  it('takes no half-made gateway: what fails to start gives everything free', async () => {
    const taken = await bench.gateway(bench.folder(), { 'admin.port': 0 })
    await expect(bench.gateway(dir, { 'listen.0.port': taken.port })).rejects.toThrow('is in use')
    await expect(bench.gateway(dir, { 'admin.port': taken.adminPort })).rejects.toThrow('EADDRINUSE')
    await expect(bench.gateway(dir, { data: 'postgres://x/y' })).rejects.toThrow('PostgreSQL')
    await expect(bench.gateway(dir)).resolves.toBeDefined()
  })
})

describe('control socket', () => {
  it('is the owner’s alone, however deep the folder lies', async () => {
    const deep = join(dir, ...Array.from({ length: 6 }, () => 'a-folder-with-a-long-name'), 'data')
    await bench.gateway(deep)
    expect(deep.length).toBeGreaterThan(108)
    expect(statSync(join(deep, 'control.sock')).mode & 0o777).toBe(0o600)
    const status = await callControl(deep, { call: 'status' })
    expect(status).toMatchObject({ served: true, answer: { pid: process.pid, persons: 12 } })
    await expect(callControl(deep, { call: 'nothing' })).rejects.toThrow("knows no call 'nothing'")
    await expect(callControl(deep, { call: 'records.adopt', segment: '../x' })).rejects.toThrow()
  })

  it('nonsense gets an answer, and too much of it none', async () => {
    await bench.gateway(dir)
    const say = (text: string): Promise<string> =>
      new Promise((resolve) => {
        let came = ''
        const socket = connectSocket(join(dir, 'control.sock'), () => socket.write(text))
        socket.on('data', (bytes) => {
          came += bytes
        })
        socket.on('error', () => undefined)
        socket.on('close', () => resolve(came))
      })
    expect(await say('not json\n')).toMatch(/^\{"error":/)
    expect(await say('x'.repeat(2 << 20))).toBe('')
  })

  it('says so where nobody serves', async () => {
    expect(await callControl(dir, { call: 'status' })).toEqual({ served: false })
    const served = await bench.serve(dir)
    await served.kill()
    expect(await callControl(dir, { call: 'status' })).toEqual({ served: false })
  })
})

describe('admin port', () => {
  it('says whether it is alive and ready, and its figures', async () => {
    const gateway = await bench.gateway(dir, { 'admin.port': 0 })
    const get = async (path: string): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${gateway.adminPort}${path}`)
      return `${response.status} ${await response.text()}`
    }
    expect(await get('/healthz')).toBe('200 ok\n')
    expect(await get('/readyz?x')).toBe('200 ready\n')
    expect(await get('/else')).toBe('404 not found\n')
    const client = await bench.client(gateway.port)
    await client.ask(query('M1'))
    await client.ask(query('M2', { PUR: 'X' }))
    const metrics = await get('/metrics')
    for (const line of [
      'messages_total{key="IAQ"} 1',
      'answers_total{type="NO MATCH"} 1',
      'refusals_total{code=".22."} 1',
    ])
      expect(metrics).toContain(`iaq_${line}\n`)
    expect(metrics).toContain('iaq_link_connections{link="default"} 1\n')
  })
})

describe('stopping', () => {
  it('finishes what it took, ends with 0, and a clean start marks nothing', async () => {
    const first = await bench.serve(dir)
    const client = await bench.client(first.port)
    client.sendAll(Array.from({ length: 500 }, (_, i) => query(`S${i}`)))
    await take(client, 100)
    expect(await first.stop()).toBe(0)
    const received = new Map<string, string[]>()
    for await (const each of client)
      received.set(each.control, [...(received.get(each.control) ?? []), kind(each)])
    const second = await bench.serve(dir)
    const next = await bench.client(second.port)
    await next.ask(query('NEXT'))
    await next.ping()
    expect(next.poll()).toBeUndefined()
    expect(await second.stop()).toBe(0)
  })

  it('a connection that is made and says nothing is closed', async () => {
    const gateway = await bench.gateway(dir)
    const client = await bench.client(gateway.port)
    await gateway.close()
    await expect(client.closed).resolves.toMatchObject({ by: 'gateway' })
  })
})

describe('hostile callers', () => {
  const limited = spawnSync('prlimit', ['--version']).status === 0

  it.skipIf(!limited)('more connections than the process may have: it goes on', async () => {
    const served = await bench.serve(dir)
    spawnSync('prlimit', ['--pid', `${served.child.pid}`, '--nofile=80'])
    const sockets = Array.from({ length: 200 }, () => connectSocket({ host: '127.0.0.1', port: served.port }))
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise((done) => {
            socket.on('error', done)
            socket.on('connect', done)
          }),
      ),
    )
    for (const socket of sockets) socket.destroy()
    let answered = ''
    while (answered === '') {
      const client = await bench.client(served.port)
      answered = await client.ask(query('AFTER'), 5000).then(
        ({ answer }) => kind(answer),
        () => '',
      )
    }
    expect(answered).toBe('NO MATCH')
  })

  it('bytes at random: every connection ends or is answered, and the next is served', async () => {
    const { port } = await bench.gateway(dir)
    let state = 1
    const byte = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return (state >> 16) & 0xff
    }
    for (let i = 0; i < 60; i++) {
      const client = await bench.client(port)
      const noise = Buffer.from(Array.from({ length: 2000 }, byte))
      client.raw(Buffer.concat([Buffer.from([[2, 0, 255][i % 3] ?? 2]), noise, Buffer.from([3])]))
      client.raw(Buffer.from('\x02\x05\x03'))
      await client.close()
    }
    const client = await bench.client(port)
    client.send(query('OK'))
    expect(kinds(await take(client, 2))).toEqual(['ACKNOWLEDGEMENT', 'NO MATCH'])
  })
})

describe('a start that cannot be', () => {
  const config = (text: string): string => {
    const file = join(dir, 'iaq-gateway.yaml')
    writeFileSync(file, text)
    return file
  }
  const fails = (...args: string[]): string[] => {
    const data = join(dir, 'data')
    const { code, stderr, stdout } = run('serve', '--data', data, ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(readdirSync(dir)).not.toContain('data')
    return stderr.trim().split('\n')
  }

  it('a port that is taken ends with 2 in one line', async () => {
    const { port } = await bench.gateway(bench.folder())
    const { code, stderr } = run('serve', '--data', dir, '--port', `${port}`)
    expect(code).toBe(2)
    expect(stderr).toBe(`127.0.0.1:${port}: is in use; stop what listens there or give another with --port\n`)
  })

  it('faults of the configuration end with 2 before there is a store', () => {
    expect(fails('--config', config('colour: blue\n'))).toEqual([
      expect.stringMatching(/iaq-gateway\.yaml:1: .*colour/),
    ])
    expect(fails('--config', config('directory: none.csv\n'))).toEqual([expect.stringContaining('none.csv')])
    mkdirSync(join(dir, 'formats'))
    writeFileSync(join(dir, 'formats', 'exchange.yaml'), 'version: x\n')
    expect(fails('--config', config('formats: formats\n')).join('\n')).toContain('exchange.yaml')
    expect(fails('--config', join(dir, 'none.yaml'))).toEqual([expect.stringContaining('no such file')])
    expect(fails('--port', 'soon')).toEqual([expect.stringContaining("--port must be a number, not 'soon'")])
    expect(fails('--port', '99999')).toEqual([expect.stringContaining('listen.0.port')])
    expect(fails('--host', '0.0.0.0', '--port', '0')).toEqual([
      expect.stringContaining('not a loopback address'),
    ])
    expect(fails('--colour')[0]).toContain("unknown option '--colour'")
  })

  it('a folder that cannot be made is one line', () => {
    writeFileSync(join(dir, 'file'), '')
    const { code, stderr } = run('serve', '--data', join(dir, 'file', 'data'), '--port', '0')
    expect(code).toBe(2)
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining("can't be made")])
  })
})
