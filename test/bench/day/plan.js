// A scenario made into a day: each message with its link, and each thing that an operator does, in the order of the clock.
import { numbers } from '../match/queries.js'
import { Agencies } from '../year/agencies.js'
import { hashOf, identity, questionAbout } from '../year/messages.js'
import { Subjects } from '../year/subjects.js'

const HOUR_MS = 3_600_000
/** The day is an ordinary one: agencies draw by the hours of a Tuesday. */
const TUESDAY = 2 * 24
const CENTRE = 'VTICE0900'
const SECRET_SERVICE = 'DCUSSS000'
/** What tips are about; each falls into another interest of formats/services/tips.yaml. */
const TIPS = [
  'A FARM NEAR THE ROAD HIRES WORKERS WITHOUT PAPERS',
  'A SHOP SELLS FALSE DOCUMENTS OUT OF A BACK ROOM',
  'A STASH HOUSE BEHIND THE DEPOT, PEOPLE COME AT NIGHT',
  'CASH IS CARRIED OUT IN BAGS EVERY FRIDAY',
  'A NEIGHBOR HAS NOT BEEN SEEN FOR WEEKS',
]
const PLACES = ['VT', 'TX', 'CA', 'NY', 'FL', 'IL']

/** @returns `links` for the configuration; `events` by their time; `asked`: what the centre should count of them. */
export function planDay({ scenario, seed, formats, directory }) {
  const { counts, records } = scenario
  const below = numbers(hashOf(seed))
  const agencies = new Agencies(directory, below)
  const subjects = new Subjects({ formats, seed, records, below })
  const timeOf = clockOf(scenario.hours, below)
  const events = []
  const add = (event) => events.push(event)
  const hourOf = (at) => TUESDAY + Math.floor(at / HOUR_MS)
  const linkOf = (ori) => agencies.links.findIndex(({ states }) => states.includes(ori.slice(0, 2)))
  const message = (at, key, ori, destination, body) =>
    add({ at, what: 'message', key, ori, destination, body, link: linkOf(ori) })
  const agencyAt = (at) => agencies.ori(agencies.draw(hourOf(at), below))
  const stranger = () => {
    for (;;) {
      const subject = subjects.draw()
      if (subject.truth === 0) return subject
    }
  }

  for (let i = 0; i < counts.iaq; i++) {
    const at = timeOf()
    const { body } = questionAbout(subjects.draw(), below, i < counts.brady)
    message(at, 'IAQ', agencyAt(at), 'AX', body)
  }
  for (let i = 0; i < counts.confirmations; i++) {
    const at = timeOf()
    message(at, 'YQ', agencyAt(at), CENTRE, confirmation(wholeViolator(subjects), i, below))
  }
  for (let i = 0; i < counts.ncicEntries; i++) message(timeOf(), 'EIV', CENTRE, 'NC', entry(stranger(), i))
  for (let i = 0; i < counts.lists; i++) {
    const size =
      Math.floor(((i + 1) * counts.screenings) / counts.lists) -
      Math.floor((i * counts.screenings) / counts.lists)
    const persons = Array.from({ length: size }, () => identity(subjects.draw()))
    message(timeOf(), 'SCL', SECRET_SERVICE, 'AX', [`EVENT/TEST EVENT ${i + 1}`, ...persons].join('\r\n'))
  }
  for (let i = 0; i < counts.tips; i++) {
    const at = timeOf()
    const text = `TIP ${`${i}`.padStart(5, '0')}: ${TIPS[below(TIPS.length)]}`
    if (i < counts.byTelephone) add({ at, what: 'tip', text, place: PLACES[below(PLACES.length)] })
    else message(at, 'AM', agencyAt(at), 'AX', `${text} PLC/${PLACES[below(PLACES.length)]}`)
  }
  events.sort((a, b) => a.at - b.at)
  return { links: agencies.links, ...numbered([...events, ...decisions(events, counts, below)]) }
}

/** What operators do follows what came: a decision a tip, a detainer after enough questions. */
function decisions(events, counts, below) {
  const tips = events.filter(({ what, key }) => what === 'tip' || key === 'AM')
  const viable = shuffled(tips.length, counts.viable, below)
  const made = tips.map(({ at }, i) => ({ at: at + 1 + below(HOUR_MS), what: 'decide', viable: viable[i] }))
  const questions = events.filter(({ key }) => key === 'IAQ')
  const lodgings = counts.detainers - counts.confirmations
  for (let i = 0; i < lodgings; i++) {
    const after = questions[Math.floor(((i + 1) / lodgings) * (questions.length - 1))]
    made.push({ at: after.at + 1, what: 'lodge' })
  }
  return made
}

/** Numbers messages in their order; a message's number is in its control field. */
function numbered(events) {
  const messages = {}
  const oris = new Set()
  let number = 0
  events.sort((a, b) => a.at - b.at)
  for (const event of events) {
    if (event.what !== 'message') continue
    const { key, ori, destination, body } = event
    event.control = `D${`${number++}`.padStart(8, '0')}`
    event.text = `${key}.${ori}.${destination}.*${event.control}.TXT\r\n${body}`
    messages[key] = (messages[key] ?? 0) + 1
    if (key === 'IAQ') oris.add(ori)
  }
  return { events, asked: { messages, oris: oris.size } }
}

/** Milliseconds of a day, drawn by how much happens in each hour. */
function clockOf(hours, below) {
  const all = hours.reduce((sum, each) => sum + each, 0)
  return () => {
    let left = (below(1_000_000) / 1_000_000) * all
    const hour = hours.findIndex((each) => {
      left -= each
      return left < 0
    })
    return (hour < 0 ? hours.length - 1 : hour) * HOUR_MS + below(HOUR_MS)
  }
}

/** So many of them true, in any order. */
function shuffled(length, chosen, below) {
  const flags = Array.from({ length }, (_, i) => i < chosen)
  for (let i = length - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[flags[i], flags[j]] = [flags[j], flags[i]]
  }
  return flags
}

/** One whose name and date stand whole in a request, so that it is confirmed. */
function wholeViolator(subjects) {
  for (let i = 0; i < 1000; i++) {
    const found = subjects.violator()
    if (!found) break
    if (found.name.length < 30 && found.dob.length === 8) return found
  }
  throw new Error('no Immigration Violator record is among the persons on file; take more records')
}

const confirmation = (subject, i, below) =>
  `RTY/WP.RNO/1.PRI/${below(4) === 0 ? 'U' : 'R'}.OCA/D-${100_000 + i}.NIC/${subject.nic}.\r\n` +
  `${identity(subject)}.RNA/DISPATCHER.RAG/TEST AGENCY`

const entry = (subject, i) =>
  `${identity({ ...subject, sex: subject.sex === 'F' ? 'F' : 'M' })}.RAC/W.POB/${subject.pob}.\r\n` +
  `HGT/507.WGT/150.EYE/BRO.HAI/BLK.OFF/8004.OCA/E-${100_000 + i}`
