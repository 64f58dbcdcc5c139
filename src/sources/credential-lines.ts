import { isUtf8 } from 'node:buffer'
import type { MaterialFlaw, Read } from '../translate/material-source.ts'
import { flaw, flawed } from './material-text.ts'

/** A line of a file of credentials: never to be shown, whatever is wrong with it. */
export interface CredentialLine {
  readonly number: number
  /** Without line end and the white space around it. */
  readonly text: string
}

/** Lines that say something, without comments (`#`); a flaw when the bytes are no UTF-8. */
export function credentialLines(place: string, bytes: Buffer): readonly CredentialLine[] | MaterialFlaw {
  if (!isUtf8(bytes)) return flawIn(place, 'is not UTF-8', 'write it in UTF-8')
  return bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((text, index) => ({ number: index + 1, text: text.trim() }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
}

/** A flaw of a place, `""` being a list of the configuration itself. */
export function flawIn(place: string, what: string, remedy: string): MaterialFlaw {
  return place === '' ? { file: '', message: `the list ${what}`, remedy } : flaw(place, what, remedy)
}

/** A flaw of a line, without a word of the line. */
export function flawAt(
  place: string,
  { number }: CredentialLine,
  what: string,
  remedy: string,
): MaterialFlaw {
  const where = place === '' ? `entry ${number}` : `line ${number}`
  return flawIn(place, `has in ${where} ${what}`, remedy)
}

/** The same as a result. */
export function refusedLine<T>(place: string, line: CredentialLine, what: string, remedy: string): Read<T> {
  return flawed(flawAt(place, line, what, remedy))
}
