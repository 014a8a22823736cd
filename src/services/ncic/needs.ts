import type { LayoutNeeds, Needs } from '../../message/index.js'

/** What a hit shows of a record. */
export const HIT = {
  values: [
    ...['banner', 'phrase', 'phone', 'title', 'ori', 'name', 'sex', 'race', 'pob', 'dob', 'height', 'weight'],
    ...['eye', 'hair', 'fbi', 'citizenship', 'skin', 'marks', 'mnu', 'soc', 'oln', 'ols', 'offence', 'oca'],
    ...['remarks', 'nic', 'entered', 'located', 'asked', 'askedName', 'askedDob'],
  ],
  lists: { names: ['name'], dobs: ['dob'], numbers: ['mfc', 'value'] },
} satisfies LayoutNeeds

export const INQUIRY_NEEDS: Needs = {
  layouts: { HIT, 'NO RECORD': { values: ['banner', 'name', 'dob', 'nic'] } },
}
export const MAINTENANCE_NEEDS: Needs = {
  layouts: {
    DONE: { values: ['banner', 'nic', 'oca'] },
    REJECTED: { values: ['banner', 'nic', 'oca', 'reason'] },
  },
}
export const DELAYED_NEEDS: Needs = { layouts: { HIT } }
export const DUE_NEEDS: Needs = {
  layouts: { DUE: { values: ['banner', 'count', 'until'], lists: { records: ['nic', 'oca'] } } },
}
export const PURGED_NEEDS: Needs = {
  layouts: { PURGED: { values: ['banner', 'count'], lists: { records: ['nic', 'oca'] } } },
}
