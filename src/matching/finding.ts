/** What the scorer says of one name on file. */

/** What was found about one name on file. */
export interface NameFinding {
  total: number
  /** What the given names add, which a relative doesn't share. */
  given: number
  surnameAgrees: boolean
  givenAgrees: boolean
  surnameContradicts: boolean
  givenContradicts: boolean
  swapped: boolean
  /** Query tokens, or record tokens, that have no counterpart. */
  open: boolean
  suffixDiffers: boolean
  /** Relations found, bit a relation. */
  relations: number
}

export function blankFinding(): NameFinding {
  return {
    total: 0,
    given: 0,
    surnameAgrees: false,
    givenAgrees: false,
    surnameContradicts: false,
    givenContradicts: false,
    swapped: false,
    open: false,
    suffixDiffers: false,
    relations: 0,
  }
}

/** Sets a finding back; making a new one for each of thousands of names costs more than the scoring. */
export function clear(found: NameFinding): void {
  found.total = 0
  found.given = 0
  found.surnameAgrees = false
  found.givenAgrees = false
  found.surnameContradicts = false
  found.givenContradicts = false
  found.swapped = false
  found.open = false
  found.suffixDiffers = false
  found.relations = 0
}
