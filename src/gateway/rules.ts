import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Fault, FaultError } from '../config/index.js'
import {
  loadBradyRules,
  loadConfirmationRules,
  loadDetainerRules,
  loadHelpRules,
  loadMailRules,
  loadNcicRules,
  loadReviewRules,
  loadScreeningRules,
  loadTipRules,
} from '../services/index.js'

const LOADERS = {
  brady: loadBradyRules,
  confirmation: loadConfirmationRules,
  detainer: loadDetainerRules,
  help: loadHelpRules,
  mail: loadMailRules,
  ncic: loadNcicRules,
  review: loadReviewRules,
  screening: loadScreeningRules,
  tips: loadTipRules,
} as const

/** What the files of `services/` say, by service. */
export type Rules = { readonly [K in keyof typeof LOADERS]: ReturnType<(typeof LOADERS)[K]> }

/** @throws {FaultError} naming every fault of every file. */
export function loadRules(formatsDir: string): Rules {
  const faults: Fault[] = []
  const read = Object.entries(LOADERS).map(([name, load]) => {
    try {
      return [name, load(formatsDir)] as const
    } catch (error) {
      if (!(error instanceof FaultError)) throw error
      faults.push(...error.faults)
      return [name, undefined] as const
    }
  })
  if (faults.length > 0) throw new FaultError(faults)
  return Object.fromEntries(read) as unknown as Rules
}

/** From now on the rules are those that were read anew: services hold on to the object that they were given. */
export function adoptRules(own: Rules, fresh: Rules): void {
  for (const name of Object.keys(LOADERS) as (keyof Rules)[]) {
    const rules = own[name] as object
    for (const key of Object.keys(rules)) Reflect.deleteProperty(rules, key)
    Object.assign(rules, fresh[name])
  }
}

/**
 * Digest of what of the formats folder goes into the index of the persons on file, which only a start makes: the test
 * subjects and the tables of names.
 */
export function indexedDigest(formatsDir: string): string {
  const hash = createHash('sha256')
  const names = join(formatsDir, 'names')
  const files = [join(formatsDir, 'subjects.yaml'), ...readdirSync(names).map((each) => join(names, each))]
  for (const file of files.sort()) hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}
