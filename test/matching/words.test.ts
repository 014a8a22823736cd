import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dictionary } from '../../src/matching/dictionary.js'
import { EDIT, EXACT, relateUnlisted } from '../../src/matching/relation.js'
import { alikeness } from '../../src/matching/strings.js'
import { mostAlike, sounded } from '../../src/matching/word.js'
import { type Words, wordsOf } from '../../src/matching/words.js'
import { names } from './helpers.js'

const word = fc.string({ unit: fc.constantFrom(...'ABCDEIMNORSTZ'), minLength: 1, maxLength: 14 })

/** Words of a segment in which every token is once a surname. */
function wordsIn(tokens: readonly string[]): Words {
  const codes = Buffer.from(tokens.map((each) => `${each}\n`).join(''), 'latin1')
  const counts = new Uint32Array(tokens.length + 1).fill(1)
  return wordsOf(codes, counts, counts)
}

function dictionaryOf(...segments: readonly (readonly string[])[]): Dictionary {
  const dictionary = new Dictionary(names)
  dictionary.hold(segments.map((tokens) => dictionary.take(wordsIn(tokens))))
  dictionary.changed(segments.length)
  return dictionary
}

function relationTo(dictionary: Dictionary, token: string, other: string): number | undefined {
  const { ids, relations } = dictionary.neighbours(token)
  const at = [...ids].findIndex((id) => dictionary.text(id) === other)
  return at < 0 ? undefined : relations[at]
}

describe('what two words can have in common at most', () => {
  it('is never less than what they have', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        fc.pre(a !== b)
        const [one, other] = [sounded(a), sounded(b)]
        expect(mostAlike(one, other)).toBeGreaterThanOrEqual(alikeness(one, other) - 1e-9)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the words of segments', () => {
  it('have one number each, however many segments hold them', () => {
    const dictionary = new Dictionary(names)
    const [first, second] = [wordsIn(['QUIXTLA', 'GARCIA']), wordsIn(['GARCIA', 'ZYXWV', 'QUIXTLA'])]
    const [a, b] = [dictionary.take(first).globalOf, dictionary.take(second).globalOf]
    expect(b[1]).toBe(a[2])
    expect(b[3]).toBe(a[1])
    expect(dictionary.find('GARCIA')).toBe(a[2])
    expect(dictionary.text(b[2] ?? 0)).toBe('ZYXWV')
  })

  it('are found in every segment by a slip, a letter more or less, and two that changed places', () => {
    const dictionary = dictionaryOf(['QUIXTLANO'], ['VELMERODO'])
    for (const slip of ['QUIXTLAMO', 'QUIXTLAO', 'QUIXTLANNO', 'QUXITLANO'])
      expect(relationTo(dictionary, slip, 'QUIXTLANO')).toBe(EDIT)
    expect(relationTo(dictionary, 'VELMERODA', 'VELMERODO')).toBe(EDIT)
    expect(relationTo(dictionary, 'VELMERODO', 'VELMERODO')).toBe(EXACT)
  })

  it('are no longer found once their segment is gone', () => {
    const dictionary = dictionaryOf(['QUIXTLANO'])
    dictionary.hold([])
    dictionary.changed(1)
    expect(relationTo(dictionary, 'QUIXTLAMO', 'QUIXTLANO')).toBeUndefined()
  })

  it('relate to every other within a slip as the letters of the two alone say', () => {
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 2, maxLength: 12 }), (tokens) => {
        const dictionary = dictionaryOf(tokens)
        const [asked = ''] = tokens
        for (const other of tokens) {
          const relation = relateUnlisted(sounded(asked), sounded(other), names)
          if (other !== asked && relation === EDIT)
            expect(relationTo(dictionary, asked, other)).toBeLessThanOrEqual(EDIT)
        }
      }),
      { numRuns: 60 },
    )
  })
})
