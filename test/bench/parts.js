// What the bench's rows share.
import { fork } from 'node:child_process'
import { join } from 'node:path'

const here = new URL('.', import.meta.url).pathname

export const QUERY =
  '\x02IAQ.ZZ0010100.AX.*BENCH00001.TXT\r\nPUR/C.ATN/SGT EXAMPLE TESTER.PHN/8025550142.\r\n' +
  'NAM/QUIXTLANO, ZEFERINDA.DOB/19851117.SEX/F.POB/GT.CUS/Y.OFF/1399.\r\nARN/A99000017.OLN/T1234567.REM/SYNTHETIC TEST RECORD\x03'

/** All of them have the memory for what is young that `serve` gives the gateway: a third of 192 MiB. */
export const AS_SERVED = ['--max-semi-space-size=64']

/** Starts one of the bench's processes and tells it what to do; resolves with its first word. */
export function child(file, message) {
  const process_ = fork(join(here, file), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: AS_SERVED,
  })
  process_.send(message)
  return new Promise((resolve, reject) => {
    process_.once('message', (reply) => resolve({ process: process_, reply }))
    process_.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
