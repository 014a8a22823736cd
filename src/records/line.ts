import type { PersonName, PersonRecord, RecordLine } from './types.js'

/** A checked line as the store keeps it: what is empty is left out, which saves about a third of the bytes. */
export function formatLine(line: RecordLine): string {
  if ('removed' in line) return JSON.stringify(line)
  return JSON.stringify({
    arn: line.arn,
    names: line.names.map(shortName),
    dob: line.dob,
    altDobs: line.altDobs.length > 0 ? line.altDobs : undefined,
    sex: line.sex || undefined,
    pob: line.pob || undefined,
    citizenship: line.citizenship || undefined,
    fbi: line.fbi || undefined,
    sid: line.sid || undefined,
    oln: line.oln || undefined,
    ols: line.ols || undefined,
    soc: line.soc || undefined,
    passport: line.passport.number || line.passport.country ? line.passport : undefined,
    status: line.status.class || line.status.code || line.status.since ? line.status : undefined,
    admitted: line.admitted.date || line.admitted.port ? line.admitted : undefined,
    interest: line.interest || undefined,
    ncic: line.ncic.length > 0 ? line.ncic : undefined,
  })
}

function shortName(name: PersonName): object {
  return {
    last: name.last,
    first: name.first || undefined,
    middle: name.middle || undefined,
    suffix: name.suffix || undefined,
    type: name.type,
  }
}

type Short = Partial<Omit<PersonRecord, 'names'>> & {
  readonly removed?: true
  readonly names?: readonly (Partial<PersonName> & { readonly last: string })[]
}

/** Reads what {@link formatLine} wrote. The bytes are under a checksum, so nothing is checked again. */
export function readLine(text: string): RecordLine {
  const short = JSON.parse(text) as Short
  const { arn = '' as PersonRecord['arn'] } = short
  if (short.removed) return { arn, removed: true }
  return {
    arn,
    names: (short.names ?? []).map(fullName),
    dob: short.dob ?? '',
    altDobs: short.altDobs ?? [],
    sex: short.sex ?? '',
    pob: short.pob ?? '',
    citizenship: short.citizenship ?? '',
    fbi: short.fbi ?? '',
    sid: short.sid ?? '',
    oln: short.oln ?? '',
    ols: short.ols ?? '',
    soc: short.soc ?? '',
    passport: short.passport ?? { number: '', country: '' },
    status: short.status ?? { class: '', code: '', since: '' },
    admitted: short.admitted ?? { date: '', port: '' },
    interest: short.interest ?? false,
    ncic: short.ncic ?? [],
  }
}

function fullName(name: Partial<PersonName> & { readonly last: string }): PersonName {
  const { last, first = '', middle = '', suffix = '', type = 'primary' } = name
  return { last, first, middle, suffix, type }
}
