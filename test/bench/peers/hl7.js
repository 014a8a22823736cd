// An HL7 server that takes each message apart and answers it as the gateway does: an acknowledgement, then a result.
import { HL7Message } from 'hl7v2'
import { HL7Server } from 'hl7v2-net'
import { endWithParent } from '../parts.js'

endWithParent()
process.once('message', async ({ result }) => {
  const answer = HL7Message.parse(result)
  const server = HL7Server.createServer()
  server.on('error', (error) => {
    throw error
  })
  server.use(({ message, socket }) => {
    socket.sendMessage(message.createAck())
    socket.sendMessage(answer)
  })
  await server.listen(0, '127.0.0.1')
  process.send({ port: server.address().port })
})
