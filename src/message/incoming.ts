/** A message as it stood in its frame, taken apart but not yet judged. */
export interface Incoming {
  readonly form: Form
  /** Message key, upper case; as sent, so perhaps none that is known. */
  readonly key: string
  /** The sender's ORI as sent, upper case. */
  readonly ori: string
  readonly destinations: readonly string[]
  /** The control field; undefined where there is none or it is bad. */
  readonly control: string | undefined
  readonly controlBad: boolean
  /** Fields in order, where the message key has fields. */
  readonly fields: readonly RawField[]
  /** Words that stand where the first field should begin. */
  readonly stray: boolean
  /** Free text, where the message key has that. */
  readonly text: string
  /** The text holds a byte that no message may hold. */
  readonly textBad: boolean
}

export type Form = 'text' | 'xml'

export interface RawField {
  /** Message field code, or in XML the name of an element that stands for none. */
  readonly mfc: string
  readonly value: string
  /** The value holds a byte that no message may hold. */
  readonly bad: boolean
}

/** Why a message is refused: an entry of errors.yaml and the lines that name what is at fault. */
export interface Refusal {
  readonly error: string
  readonly details: readonly string[]
}

/** A message that could not be taken apart; what of its header could be read goes with it. */
export interface Unreadable {
  readonly refusal: Refusal
  readonly form: Form
  readonly ori: string
  readonly control: string | undefined
}

export type Parsed = { readonly ok: true; readonly message: Incoming } | ({ readonly ok: false } & Unreadable)
