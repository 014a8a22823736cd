// A gateway in a process of its own: settings come from the parent and, as for `serve`, from the environment; SIGTERM
// stops it.
import { loadConfig } from '../../dist/config/index.js'
import { createGateway } from '../../dist/gateway/index.js'

process.once('message', async ({ data, flags, boot }) => {
  const config = loadConfig({ env: process.env, flags: { data, 'listen.0.port': 0, ...flags } })
  const gateway = await createGateway({ config, boot })
  process.once('SIGTERM', async () => {
    await gateway.close()
    // No exit of ours: what still held the process would show as a stop that never ends.
    process.disconnect()
  })
  process.send({ port: gateway.port, admin: gateway.adminPort })
})
// Whoever started it is gone: nobody would stop it.
process.once('disconnect', () => setTimeout(() => process.exit(3), 15_000).unref())
