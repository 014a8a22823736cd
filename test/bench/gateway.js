// A gateway with a matcher that answers at once: what is left is the exchange alone. Settings come from the parent.

import { loadConfig } from '../../dist/config/index.js'
import { createGateway } from '../../dist/gateway/index.js'

const nobody = { grade: 'NONE', candidates: [], listed: 0, provide: [] }

process.once('message', async ({ data, flags, instant }) => {
  const config = loadConfig({ flags: { data, 'listen.0.port': 0, ...flags } })
  const matcher = { query: async (batch) => batch.map(() => nobody) }
  const before = performance.now()
  const gateway = await createGateway({ config, ...(instant ? { matcher } : {}) })
  process.send({ port: gateway.port, ms: performance.now() - before })
  process.once('message', async () => {
    await gateway.close()
    process.exit(0)
  })
})
