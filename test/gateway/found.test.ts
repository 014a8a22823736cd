import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ControlServer } from '../../src/gateway/control.js'
import { socketPath } from '../../src/gateway/control-client.js'
import { openLog } from '../../src/log/index.js'

/** Faults that `npm run fuzz` found in this room, each named after what it was. */
describe('the control socket', () => {
  let dir = ''
  let server: ControlServer
  const log = openLog({ level: 'silent', rotate: 65_536, keep: 1, stderr: false })
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'iaq-control-'))
    server = new ControlServer(dir, log.logger, { ping: () => 'pong' })
    await server.listen()
  })
  afterAll(() => {
    server.close()
    void log.close()
    rmSync(dir, { recursive: true })
  })

  /** What comes back until the server closes. */
  const say = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { path, release } = socketPath(dir)
      const socket = connect(path, () => socket.end(text))
      let reply = ''
      socket.setEncoding('utf8')
      socket.on('data', (chunk: string) => {
        reply += chunk
      })
      socket.on('error', reject)
      socket.on('close', () => {
        release()
        resolve(reply)
      })
    })

  it('knows no call by a name that every object has', async () => {
    expect(await say('{"call":"constructor"}\n')).toBe(
      `{"error":"the gateway knows no call 'constructor'"}\n`,
    )
    expect(await say('{"call":"ping"}\n')).toBe('{"answer":"pong"}\n')
  })

  it('closes a connection whose caller ended without a whole line', async () => {
    expect(await say('{"call":')).toBe('')
  })
})
