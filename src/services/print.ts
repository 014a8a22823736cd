import { fold } from '../matching/index.js'
import type { PersonName } from '../records/index.js'

/** Printable ASCII, upper case; a record may hold any script. */
export function print(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.trim().toUpperCase()
  return fold(text).replace(/[^\x20-\x7e]/g, '?')
}

/** `LAST, FIRST MIDDLE SUFFIX` in the alphabet of the teletype, whatever script the record holds. */
export function printName(name: PersonName): string {
  const given = [name.first, name.middle, name.suffix].map(print).filter((part) => part !== '')
  return given.length > 0 ? `${print(name.last)}, ${given.join(' ')}` : print(name.last)
}
