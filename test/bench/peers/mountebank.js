// A mountebank TCP imposter that answers every packet with the same bytes.
import mountebank from 'mountebank'
import { endWithParent, freePort } from '../parts.js'

endWithParent()
process.once('message', async ({ frames }) => {
  const [admin, port] = [await freePort(), await freePort()]
  await mountebank.create({
    ...{ port: admin, host: '127.0.0.1', ipWhitelist: ['*'] },
    log: { level: 'error', transports: { console: { colorize: false, format: 'simple' } } },
  })
  const response = await fetch(`http://127.0.0.1:${admin}/imposters`, {
    method: 'POST',
    body: JSON.stringify({
      ...{ protocol: 'tcp', mode: 'binary', port, host: '127.0.0.1' },
      stubs: [{ responses: [{ is: { data: frames } }] }],
    }),
  })
  if (!response.ok) throw new Error(`mountebank: ${await response.text()}`)
  process.send({ port })
})
