// Who asks, over which link, and at which hour. ORIs and states are those of formats/directory.csv; how much an agency
// asks follows its type and, within a type, falls off as sizes do. Both, and the hours, are assumed: nothing public
// says them.
import { readFileSync } from 'node:fs'

const MOST_LINKS = 56
const HOURS = 8760
/** 1 October 2006, when the fiscal year 2007 began, was a Sunday. */
const FIRST_WEEKDAY = 0

/** How often a type asks, and how much of that at night. Those without a line ask as `OTHER` does. */
const TYPES = {
  jail: [14, 9],
  police: [5, 5],
  sheriff: [7, 6],
  'state police': [9, 9],
  prison: [6, 1],
  probation: [3, 0.05],
  court: [1, 0.05],
  prosecutor: [1.5, 0.1],
  'state bureau': [30, 8],
  dispatch: [2, 3],
}
const OTHER = [1, 0.3]
/** By the hour of the day, and by the day of the week from Sunday on. */
const BY_HOUR = [9, 8, 7, 6, 5, 5, 6, 8, 10, 12, 13, 13, 12, 13, 14, 14, 14, 13, 12, 12, 13, 13, 12, 11]
const BY_DAY = [9, 10, 10, 10, 11, 13, 12]

/** Draws indexes by their weights. */
class Weighted {
  #sums
  constructor(weights) {
    let sum = 0
    this.#sums = Float64Array.from(weights, (weight) => {
      sum += weight
      return sum
    })
  }

  /** @param fraction from 0 to 1, 1 left out. */
  draw(fraction) {
    const wanted = fraction * this.#sums[this.#sums.length - 1]
    let [low, high] = [0, this.#sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sums[middle] > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** The ORIs of the directory that may ask, and the links that carry them. */
export class Agencies {
  /** Name and ORI patterns of each link, for the configuration. */
  links
  #oris
  #linkOf
  #day
  #night

  constructor(directory, below) {
    const rows = readFileSync(directory, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .filter(([, , , type, authorized]) => authorized.includes('C') && type !== 'centre')
    this.#oris = rows.map(([ori]) => ori)
    this.links = linksOf(this.#oris.map((ori) => ori.slice(0, 2)))
    const links = new Map(this.links.flatMap(({ states }, i) => states.map((state) => [state, i])))
    this.#linkOf = Uint8Array.from(this.#oris, (ori) => links.get(ori.slice(0, 2)))
    const sizes = rows.map(() => 1 / ((1 + below(1000)) / 1000) ** 0.7)
    const weights = (when) => rows.map(([, , , type], i) => (TYPES[type] ?? OTHER)[when] * sizes[i])
    this.#day = new Weighted(weights(0))
    this.#night = new Weighted(weights(1))
  }

  /** @param hour of the year. @returns an agency's number. */
  draw(hour, below) {
    return (isOfficeHour(hour) ? this.#day : this.#night).draw(below(2 ** 30) / 2 ** 30)
  }

  ori(agency) {
    return this.#oris[agency]
  }

  link(agency) {
    return this.#linkOf[agency]
  }
}

/** A link a state; where there are more states than links, those with the fewest ORIs share the last. */
function linksOf(states) {
  const counts = new Map()
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1)
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).map(([state]) => state)
  const own = sorted.slice(0, sorted.length > MOST_LINKS ? MOST_LINKS - 1 : MOST_LINKS)
  const shared = sorted.slice(own.length)
  const links = own.map((state) => ({ name: state, states: [state], oris: [`${state}*`] }))
  if (shared.length === 0) return links
  return [...links, { name: 'others', states: shared, oris: shared.map((state) => `${state}*`) }]
}

const weekday = (hour) => (FIRST_WEEKDAY + Math.floor(hour / 24)) % 7
const isOfficeHour = (hour) => hour % 24 >= 8 && hour % 24 < 18 && weekday(hour) % 6 !== 0

/** The hour of the year in which a part (0 to 1) of the year's messages has been sent. */
export function yearsHours() {
  const hours = new Float64Array(HOURS)
  let sum = 0
  for (let hour = 0; hour < HOURS; hour++) {
    sum += BY_HOUR[hour % 24] * BY_DAY[weekday(hour)]
    hours[hour] = sum
  }
  let at = 0
  return (part) => {
    while (at < HOURS - 1 && hours[at] < part * sum) at++
    return at
  }
}
