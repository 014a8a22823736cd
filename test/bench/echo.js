// The baseline: a bare `net` (or `tls`) server that answers each STX/ETX frame with the same two frames, all of one turn
// in one write a connection. The frames come from the parent process.
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import { endWithParent } from './parts.js'

endWithParent()
process.once('message', ({ frames, certificate }) => {
  const pair = Buffer.from(frames, 'base64')
  const serve = (socket) => {
    let pending = 0
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      let found = 0
      for (let at = chunk.indexOf(3); at >= 0; at = chunk.indexOf(3, at + 1)) found++
      if (found === 0) return
      if (pending === 0)
        setImmediate(() => {
          const n = pending
          pending = 0
          socket.write(n === 1 ? pair : Buffer.concat(Array.from({ length: n }, () => pair)))
        })
      pending += found
    })
  }
  const server = certificate
    ? tls.createServer({ key: readFileSync(certificate.key), cert: readFileSync(certificate.cert) }, serve)
    : net.createServer(serve)
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
})
