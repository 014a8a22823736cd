// The links of the torture's gateway: two of either delivery, each with an ORI of its own.

export const LINKS = [
  { name: 'WRITTEN1', ori: 'ZZ0010100', delivery: 'written' },
  { name: 'ACKED1', ori: 'ZZ0010300', delivery: 'acknowledged' },
  { name: 'WRITTEN2', ori: 'DCUSSS000', delivery: 'written' },
  { name: 'ACKED2', ori: 'WVNICS000', delivery: 'acknowledged' },
]

export const isAcknowledged = (name) => LINKS.find((link) => link.name === name)?.delivery === 'acknowledged'

/** Settings that differ from round to round: delays, and segments so small that rounds cross many. */
export const flagsFor = (dice) => ({
  links: LINKS.map(({ name, ori, delivery }) => ({ name, oris: [ori], delivery })),
  'journal.segment': dice.pick([65_536, 262_144, 1_048_576]),
  'log.level': 'info',
  answer: {
    delay: dice.pick(['0s', '0s', '4ms', { distribution: 'uniform', min: '1ms', max: '120ms' }]),
  },
})
