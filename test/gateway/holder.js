// Holds the listening socket that it got as descriptor 3 and never takes a connection from it, as systemd does: each line
// on standard input starts a gateway over it, with the arguments that the line has as JSON. What gateways log is passed
// on; `{"exit":CODE}` tells of one's end.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

let child
createInterface({ input: process.stdin }).on('line', (line) => {
  child = spawn(process.execPath, JSON.parse(line), { stdio: ['ignore', 'ignore', 'inherit', 3] })
  child.on('exit', (code) => process.stderr.write(`${JSON.stringify({ exit: code })}\n`))
})
process.on('SIGTERM', () => child?.kill('SIGTERM'))
process.on('exit', () => child?.kill('SIGKILL'))
process.stdin.on('end', () => process.exit())
