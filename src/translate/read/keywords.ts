import type { TSchema } from 'typebox'
import { type FormatName, formats } from '../format/formats.ts'
import type { Mismatch } from '../schema/build.ts'

/** The keywords of our schemas, as the reader, the JSON Schema and the reference page read them. */
export interface Keywords {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly unit?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly format?: FormatName
  readonly words?: Readonly<Record<string, unknown>>
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: TSchema | false
  readonly keys?: FormatName
  readonly maxProperties?: number
  /** Keys that only one of the others may have beside it. */
  readonly beside?: { readonly key: string; readonly parts: readonly string[] }
  /** Takes any map as it is. */
  readonly isFree?: true
  readonly items?: TSchema
  readonly minItems?: number
  readonly anyOf?: readonly TSchema[]
  check?(value: unknown): Mismatch | undefined
}

/** What a schema says. */
export function keywordsOf(schema: TSchema): Keywords {
  return schema
}

/** What kind of YAML node a schema reads. */
export function shapeOf(schema: TSchema): 'map' | 'list' | 'scalar' {
  const { type, properties } = keywordsOf(schema)
  if (properties !== undefined || type === 'object') return 'map'
  return type === 'array' ? 'list' : 'scalar'
}

/** What to write, for a remedy: `"on" or "off"`, `a whole number from 1 to 100, or "none"`. */
export function expectation(schema: TSchema): string {
  const { anyOf, enum: choices, words, format, type, minimum, maximum, title, items } = keywordsOf(schema)
  if (anyOf !== undefined) return listing(anyOf.map((one) => expectation(one)))
  if (choices !== undefined) return listing(choices.map((choice) => JSON.stringify(choice)))
  if (items !== undefined) return 'a list'
  if (shapeOf(schema) === 'map') return `${title ?? 'a map'} as a map`
  const main =
    format === undefined
      ? `${type === 'integer' ? 'a whole number' : 'a number'} from ${minimum} to ${maximum}`
      : formats[format].example
  const others = Object.keys(words ?? {}).filter((word) => word !== '')
  return others.length === 0 ? main : `${main}, or ${listing(others.map((word) => JSON.stringify(word)))}`
}

/** `a, b or c`. */
export function listing(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`
}
