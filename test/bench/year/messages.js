// The year's messages as a stream: each link's into a file of its own, so that memory is bounded and the client has
// nothing to make while it measures. Per message a head of 8 bytes (number u32, length u16, kind u8) and the frame.
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { numbers } from '../match/queries.js'
import { Agencies, yearsHours } from './agencies.js'
import { Subjects } from './subjects.js'

/** IAQs of the fiscal year 2007: the centre's public fact sheet. */
export const YEAR = 728_243
/** What the public part of the fact sheet doesn't say is assumed. In a thousand IAQs: */
const BRADY = 30
const AGAIN = 120
const IN_CUSTODY = 650
/** For each thousand IAQs there are so many of these besides. */
const OTHERS = [
  ['YQ', 14],
  ['QW', 40],
  ['AM', 80],
]
export const KINDS = ['IAQ', 'YQ', 'QW', 'AM']
const OFFENCES = ['1399', '5404', '3599', '2299', '2399', '5299', '4899', '0399', '7099', '1199']
const REMEMBERED = 2048
const BUFFER = 1 << 18
export const HEAD = 8

/** @returns the messages, by link, in files of a folder; the truth of each; and what the centre should count. */
export function makeYear({ dir, formats, directory, seed, records, queries, progress }) {
  const below = numbers(hashOf(seed))
  const agencies = new Agencies(directory, below)
  const subjects = new Subjects({ formats, seed, records, below })
  const out = agencies.links.map(({ name }) => new Sink(join(dir, `${name}.frames`)))
  const most = Math.ceil(queries * 1.3) + 1000
  const truth = new Uint32Array(most)
  const kinds = new Uint8Array(most)
  const asked = { brady: 0, onFile: 0, messages: {}, oris: new Set() }
  const hourAt = yearsHours()
  const recent = []
  let total = 0

  const add = (key, agency, dest, body, right = 0) => {
    const ori = agencies.ori(agency)
    const control = `Y${`${total}`.padStart(8, '0')}`
    out[agencies.link(agency)].add(
      total,
      KINDS.indexOf(key),
      `\x02${key}.${ori}.${dest}.*${control}.TXT\r\n${body}\x03`,
    )
    truth[total] = right
    kinds[total++] = KINDS.indexOf(key)
    asked.messages[key] = (asked.messages[key] ?? 0) + 1
  }

  const askOne = (hour) => {
    let question = recent.length > 0 && below(1000) < AGAIN ? recent[below(recent.length)] : undefined
    if (!question || below(2) === 0) {
      const agency = agencies.draw(hour, below)
      question = question ? { ...question, agency } : newQuestion(agency)
    }
    recent[(asked.messages.IAQ ?? 0) % REMEMBERED] = question
    add('IAQ', question.agency, 'AX', question.body, question.right)
    asked.oris.add(question.agency)
    if (question.right > 0) asked.onFile++
    if (question.brady) asked.brady++
  }
  const newQuestion = (agency) => ({ agency, ...questionAbout(subjects.draw(), below) })
  const others = {
    YQ: (agency) => {
      const subject = subjects.violator() ?? { ...subjects.draw(), nic: 'N999999999' }
      const text =
        `RTY/WP.RNO/1.PRI/${below(4) === 0 ? 'U' : 'R'}.OCA/07-${below(900_000) + 100_000}.NIC/${subject.nic}.\r\n` +
        `${identity(subject)}.RNA/DISPATCHER.RAG/TEST AGENCY`
      add('YQ', agency, 'VTICE0900', text)
    },
    QW: (agency) => {
      const subject = (below(2) === 0 && subjects.violator()) || subjects.draw()
      add('QW', agency, 'NC', identity(subject))
    },
    AM: (agency) =>
      add(
        'AM',
        agency,
        'AX',
        `TIP ${below(90_000) + 10_000}: CALLER SAYS THAT A SUBJECT WORKS UNDER ANOTHER NAME`,
      ),
  }

  for (let i = 0; i < queries; i++) {
    const hour = hourAt(i / queries)
    askOne(hour)
    for (const [key, share] of OTHERS) if (below(1000) < share) others[key](agencies.draw(hour, below))
    if (i % 20_000 === 19_999) progress(`${i + 1} of ${queries} queries made`)
  }
  for (const sink of out) sink.close()
  const links = agencies.links.map(({ name, oris }, i) => ({ name, oris, file: out[i].file }))
  return { links, total, truth, kinds, asked: { ...asked, oris: asked.oris.size } }
}

export const identity = ({ name, dob, sex }) => `NAM/${name}.DOB/${dob}.SEX/${sex}`

/** @returns the fields of an IAQ about a subject, who is right, and whether it is a Brady check. */
export function questionAbout(subject, below, brady = below(1000) < BRADY) {
  const held = !brady && below(1000) < IN_CUSTODY
  const offence = brady ? '0399' : OFFENCES[below(OFFENCES.length)]
  const body =
    `PUR/${brady ? 'F' : 'C'}.ATN/OFFICER ${below(900) + 100}.PHN/802555${`${below(10_000)}`.padStart(4, '0')}.\r\n` +
    `${identity(subject)}.POB/${subject.pob}.CUS/${held ? 'Y' : 'N'}.OFF/${offence}${subject.more}`
  return { body, right: subject.truth, brady }
}

/** So many IAQs of one agency, as frames, for rows that need different questions and no year. */
export function questionFrames({ formats, seed, records, count }) {
  const below = numbers(hashOf(seed))
  const subjects = new Subjects({ formats, seed, records, below })
  return Array.from({ length: count }, (_, i) => {
    const { body } = questionAbout(subjects.draw(), below)
    return `\x02IAQ.ZZ0010100.AX.*Y${`${i}`.padStart(8, '0')}.TXT\r\n${body}\x03`
  })
}

/** A file that is written in large pieces. */
class Sink {
  #buffer = Buffer.allocUnsafe(BUFFER)
  #at = 0
  #fd

  constructor(file) {
    this.file = file
    this.#fd = openSync(file, 'w')
  }

  add(number, kind, frame) {
    if (this.#at + HEAD + frame.length > BUFFER) this.#flush()
    const at = this.#at
    this.#buffer.writeUInt32LE(number, at)
    this.#buffer.writeUInt16LE(frame.length, at + 4)
    this.#buffer[at + 6] = kind
    this.#at = at + HEAD + this.#buffer.latin1Write(frame, at + HEAD)
  }

  #flush() {
    writeSync(this.#fd, this.#buffer, 0, this.#at)
    this.#at = 0
  }

  close() {
    this.#flush()
    closeSync(this.#fd)
  }
}

/** FNV-1a of the seed's text: any word will do. */
export function hashOf(seed) {
  let hash = 0x811c9dc5
  for (const char of String(seed)) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
  return hash >>> 0
}
