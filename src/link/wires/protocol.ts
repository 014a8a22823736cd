import type { AddressInfo } from 'node:net'
import type { TlsConfig } from '../../config/index.js'
import type { Identity } from '../identity.js'
import type { Refusal } from '../refusals.js'

/** What the link room and the thread of the sockets say to one another. Each keeps the order of what it says. */

/** A place to listen at: an address of this machine, or a socket that the process was given. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly fd: number | undefined
  readonly tls: TlsConfig | undefined
}

export interface SocketsStart {
  readonly places: readonly Place[]
}

/**
 * Work comes in rows of numbers, since a thousand connections do something in every turn: the operation, the wire, and
 * for a write where its bytes stand in the block that comes along, for credit how many bytes were taken in.
 */
export const OP = { write: 0, pause: 1, resume: 2, end: 3, destroy: 4, credit: 5 } as const
export const OP_LENGTH = { [OP.write]: 4, [OP.credit]: 3 } as Readonly<Record<number, number | undefined>>

export type Order =
  | { readonly kind: 'work'; readonly ops: readonly number[]; readonly bytes: ArrayBuffer | undefined }
  | { readonly kind: 'reload' | 'stop listening' | 'close' }

/**
 * Rows of numbers too, three numbers each: bytes that came, one behind the other in the block (wire, how many), writes
 * that the system took (wire, how many), the other side's end (wire, 0).
 */
export const NEWS = { data: 0, written: 1, ended: 2 } as const

export interface Arrived {
  readonly wire: number
  /** Which of the places. */
  readonly place: number
  readonly peer: string
  /** Who the certificate says it is, where one was asked for. */
  readonly identity: Identity | undefined
}

export interface Gone {
  readonly wire: number
  /** Undefined where the other side ended it, or we did. */
  readonly why: string | undefined
  /** Writes that were begun; no byte of the others has gone anywhere. */
  readonly begun: number
}

/** Who came is told before what he said, and who has gone after it. */
export interface NewsWord {
  readonly kind: 'news'
  readonly arrived: readonly Arrived[]
  readonly news: readonly number[]
  readonly bytes: ArrayBuffer | undefined
  readonly gone: readonly Gone[]
}

export type Word =
  | NewsWord
  | { readonly kind: 'listening'; readonly addresses: readonly (AddressInfo | string | null)[] }
  | { readonly kind: 'not listening'; readonly place: number; readonly code: string; readonly why: string }
  | {
      readonly kind: 'refused'
      readonly place: number
      readonly refusal: Refusal
      readonly peer: string
      readonly identity: Identity | undefined
    }
  | Said

/** A line for the log. */
export interface Said {
  readonly kind: 'said'
  readonly level: 'info' | 'error'
  readonly details: Readonly<Record<string, string | number | undefined>>
  readonly text: string
}

/** Bytes of a wire that may be on their way to the link room: then its socket isn't read until some are taken in. */
export const WINDOW = 64 * 1024
