// The gateway's process as a round sees it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { callControl } from '../../dist/gateway/index.js'
import { within } from './wait.js'

const script = fileURLToPath(new URL('./gateway.js', import.meta.url))
/** Longest start and longest stop; what takes longer stands still. */
const START_MS = 60_000
const STOP_MS = 20_000

/** Starts a gateway over a store. Rejects with what it said when it didn't start. */
export async function serve({ dir, flags, boot }) {
  const child = fork(script, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  child.stderr.on('data', (bytes) => {
    said = (said + bytes).slice(-4000)
  })
  const gone = once(child, 'exit').then(([code, signal]) => signal ?? code)
  child.send({ data: dir, flags, boot })
  const started = await within(
    START_MS,
    'the gateway did not start in time',
    Promise.race([
      once(child, 'message').then(([reply]) => reply),
      gone.then((code) => Promise.reject(new Error(`the gateway ended with ${code}: ${said}`))),
    ]),
  ).catch((error) => {
    child.kill('SIGKILL')
    throw error
  })
  return {
    ...started,
    pid: child.pid,
    gone,
    signal: (name) => child.kill(name),
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
    /** SIGTERM. Resolves with the exit code, or with why there is none. */
    stop: async () => {
      child.kill('SIGTERM')
      const code = await within(STOP_MS, 'the gateway did not stop in time', gone).catch((e) => e.message)
      if (typeof code === 'string') child.kill('SIGKILL')
      return code
    },
    status: async () => ({
      ...(await callControl(dir, { call: 'status' })).answer,
      links: (await callControl(dir, { call: 'links' })).answer,
    }),
  }
}
