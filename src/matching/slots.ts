/** A query's name as slots: each a token, or several that may be one on file, with what its relations are worth. */
import type { Dictionary } from './dictionary.js'
import type { NameParts } from './names.js'
import type { Neighbourhood } from './neighbours.js'
import { GIVEN, SURNAME } from './neighbours.js'
import { ones, type Sounded } from './word.js'

/** A token of the query, or several that may be one on file. */
export interface Slot {
  readonly text: string
  readonly sound: Sounded
  /** SURNAME or GIVEN; GIVEN for all where the order isn't known. */
  readonly role: number
  /** Bits of the tokens that it stands for. */
  readonly covers: number
  readonly hood: Neighbourhood
  /** `relation * 2 + role of the record's token`. */
  readonly bits: Float64Array
  readonly last: boolean
}

/** The slots of a query, and which of its tokens need a counterpart on file, a bit each. */
export interface Slots {
  readonly list: readonly Slot[]
  readonly surname: number
  readonly given: number
}

/** The 31st bit is the sign; no name has so many tokens after parsing. */
const MOST_SLOTS = 16
const MOST_JOINED = 8

/** The slots of a name. */
export function slotsOf(query: NameParts, dictionary: Dictionary): Slots {
  const { particles } = dictionary.tables
  const { surname, given, ordered } = query
  const all = [...surname, ...given].slice(0, MOST_SLOTS)
  const roleOf = (i: number): number => (i < surname.length && ordered ? SURNAME : GIVEN)
  // A particle that stands alone is the name: VAN in NGUYEN, VAN.
  const alone = [SURNAME, GIVEN].map((role) =>
    all.every((each, i) => roleOf(i) !== role || particles.has(each)),
  )
  const list: Slot[] = []
  const real = [0, 0]
  all.forEach((text, i) => {
    const role = roleOf(i)
    if (particles.has(text) && !alone[role]) return
    real[role] = (real[role] ?? 0) | (1 << i)
    list.push(slotOf(text, role, 1 << i, i === all.length - 1, dictionary.neighbours(text)))
  })
  const [last = 0, first = 0] = real
  return {
    list: [...list, ...joinedSlots(all, roleOf, last | first, dictionary)],
    surname: last,
    given: first,
  }
}

/** DE LA CRUZ may be DELACRUZ on file, and MARIA JOSE MARIAJOSE. */
function joinedSlots(
  all: readonly string[],
  roleOf: (i: number) => number,
  real: number,
  dictionary: Dictionary,
): Slot[] {
  const list: Slot[] = []
  let tried = 0
  for (let from = 0; from < all.length; from++) {
    let text = all[from] ?? ''
    let covers = real & (1 << from)
    for (let to = from + 1; to < Math.min(all.length, from + 3) && roleOf(to) === roleOf(from); to++) {
      text += all[to]
      covers |= real & (1 << to)
      // Three real names written as one are not seen; DE LA CRUZ has one.
      if (covers === 0 || ones(covers) > 2 || text.length < 4 || tried++ >= MOST_JOINED) continue
      const hood = dictionary.neighbours(text, true)
      if (hood.ids.length > 0) list.push(slotOf(text, roleOf(from), covers, false, hood))
    }
  }
  return list
}

function slotOf(text: string, role: number, covers: number, last: boolean, hood: Neighbourhood): Slot {
  return { text, sound: hood.word, role, covers, hood, bits: hood.bits, last }
}
