/** From any writing to the letters A-Z and digits in words: what everything else in this room works on. */
import anyAscii from 'any-ascii'

/** Words in other scripts whose Latin form a general transliteration gets wrong. */
export type ScriptWords = ReadonlyMap<string, string>

/** A name of more characters says nothing new and costs time. */
export const LONGEST = 400

const HAN = /\p{Script=Han}/u
const HANGUL = /\p{Script=Hangul}/u
const ARABIC = /\p{Script=Arabic}/u

/** Arabic letters that stand for sounds which Latin spellings of names keep. */
const ARABIC_LETTERS: Readonly<Record<string, string>> = {
  ...{
    ا: 'A',
    أ: 'A',
    إ: 'I',
    آ: 'A',
    ب: 'B',
    ت: 'T',
    ث: 'TH',
    ج: 'J',
    ح: 'H',
    خ: 'KH',
    د: 'D',
    ذ: 'DH',
    ر: 'R',
  },
  ...{
    ز: 'Z',
    س: 'S',
    ش: 'SH',
    ص: 'S',
    ض: 'D',
    ط: 'T',
    ظ: 'Z',
    ع: 'A',
    غ: 'GH',
    ف: 'F',
    ق: 'Q',
    ك: 'K',
    ل: 'L',
  },
  ...{
    م: 'M',
    ن: 'N',
    ه: 'H',
    و: 'W',
    ي: 'Y',
    ى: 'A',
    ة: 'A',
    ء: '',
    ئ: 'Y',
    ؤ: 'W',
    پ: 'P',
    چ: 'CH',
    ژ: 'ZH',
  },
  ...{ گ: 'G', ک: 'K', ی: 'Y', ۀ: 'A', ڤ: 'V', ٹ: 'T', ڈ: 'D', ڑ: 'R', ں: 'N', ھ: 'H', ے: 'E' },
}

/** Family names of two characters; every other Chinese family name has one. */
const COMPOUND = new Set([
  '欧阳',
  '歐陽',
  '司马',
  '司馬',
  '上官',
  '诸葛',
  '諸葛',
  '东方',
  '東方',
  '皇甫',
  '尉迟',
  '公孙',
  '慕容',
  '司徒',
  '令狐',
])

/**
 * Upper-case words of A-Z and 0-9, one space between them. Folding what is folded changes nothing.
 * @param words Latin forms of words in other scripts.
 */
export function fold(text: string, words?: ScriptWords): string {
  const short = text.length > LONGEST ? text.slice(0, LONGEST) : text
  return isAscii(short) ? foldAscii(short) : foldAscii(latin(short, words))
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

/** Apostrophes and periods close up (O'BRIEN, J.R.), everything else that is no letter parts words. */
function foldAscii(text: string): string {
  return text
    .toUpperCase()
    .replace(/['`]/g, '')
    .replace(/\.(?=\S\.)/g, ' ')
    .replace(/[^A-Z0-9]+/g, ' ')
    .trim()
}

function latin(text: string, words: ScriptWords | undefined): string {
  return text
    .normalize('NFC')
    .replace(/[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200c-\u200f\u0591-\u05c7]/g, '')
    .split(/\s+/)
    .map((word) => words?.get(word) ?? words?.get(plainArabic(word)) ?? latinWord(word, words))
    .join(' ')
}

/** Persian and Urdu write two of the letters of Arabic with signs of their own. */
const plainArabic = (word: string): string => word.replace(/ی/g, 'ي').replace(/ک/g, 'ك')

function latinWord(word: string, words: ScriptWords | undefined): string {
  if (HAN.test(word) || HANGUL.test(word)) return [...word].map((each) => ` ${anyAscii(each)}`).join('')
  if (ARABIC.test(word)) return arabicWord(word, words)
  return anyAscii(word.replace(/[\u2019\u02bc\u02bb\u2018]/g, ''))
}

function arabicWord(word: string, words: ScriptWords | undefined): string {
  if (word.startsWith('ال') && word.length > 4) {
    const rest = word.slice(2)
    return `AL ${words?.get(rest) ?? arabicLetters(rest)}`
  }
  return arabicLetters(word)
}

const arabicLetters = (word: string): string =>
  [...word].map((each) => ARABIC_LETTERS[each] ?? anyAscii(each)).join('')

/** Puts the comma into a Chinese or Korean name that is written as one word: family name first. */
export function parted(text: string): string {
  const word = text.trim()
  if (isAscii(word) || /\s|,/.test(word)) return text
  const letters = [...word]
  if (letters.length < 2 || letters.length > 5) return text
  if (!letters.every((each) => HAN.test(each) || HANGUL.test(each))) return text
  const family = letters.length > 2 && COMPOUND.has(letters.slice(0, 2).join('')) ? 2 : 1
  return `${letters.slice(0, family).join('')}, ${letters.slice(family).join('')}`
}
