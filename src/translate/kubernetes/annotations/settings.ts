import type { TSchema } from 'typebox'
import { assert } from '../../../std/assert.ts'
import { Flaw } from '../../format/flaw.ts'
import { expectation } from '../../read/keywords.ts'
import { defaultOf } from '../../read/value.ts'
import { partSchemas, partsOf } from './native-table.ts'

/**
 * What annotations have said so far, in the words of the native form, by top-level key. `tls` is only whether; its settings stand
 * under `tlsSettings`, so that they hold too when `appProtocol` asks for TLS. What nobody said is missing or has its default.
 */
export type Values = Readonly<Record<string, unknown>>

/** A value that annotations give to a place. */
export interface Write {
  /** Full names; the last one is told when the value does not fit. */
  readonly annotations: readonly string[]
  readonly path: readonly string[]
  readonly value: unknown
  readonly protects: boolean
}

/** The place and what is wrong there, between parts that are each right. */
export interface Misfit {
  readonly path: readonly string[]
  readonly flaw: Flaw
}

/** What holds when nothing is said: the same objects as in routes of files that say nothing. */
export const unsaid: Values = Object.freeze(
  Object.fromEntries(
    Object.entries(partSchemas)
      .filter(([key, schema]) => 'default' in schema && key !== 'protocol')
      .map(([key, schema]) => [key, defaultOf(schema)]),
  ),
)

/** `values` with one more thing said. A part of which nothing was said before has the defaults of its pieces, as if it were written. */
export function withWrite(values: Values, { path, value }: Pick<Write, 'path' | 'value'>): Values {
  const [key = '', ...rest] = path
  const schema = partSchemas[key]
  if (schema === undefined) return { ...values, [key]: value }
  const base = values[key] === unsaid[key] ? undefined : values[key]
  return { ...values, [key]: put(base, schema, rest, value) }
}

function put(base: unknown, schema: TSchema, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  const properties = partsOf(schema)?.properties ?? {}
  const inner = properties[key]
  assert(inner !== undefined, `a schema has the part "${path.join('.')}"`)
  const current = isParts(base) ? base : defaultsOf(properties)
  return { ...current, [key]: put(current[key], inner, rest, value) }
}

function defaultsOf(properties: Readonly<Record<string, TSchema>>): Values {
  const withDefaults = Object.entries(properties).filter(([, schema]) => 'default' in schema)
  return Object.fromEntries(withDefaults.map(([key, schema]) => [key, defaultOf(schema)]))
}

/** The first thing that does not fit in a top-level part: a piece it needs and does not have, or pieces against each other. */
export function misfitIn(values: Values, key: string): Misfit | undefined {
  const schema = partSchemas[key]
  return schema === undefined ? undefined : misfit(schema, values[key], [key])
}

function misfit(schema: TSchema, value: unknown, path: readonly string[]): Misfit | undefined {
  const parts = partsOf(schema)
  if (parts === undefined || !isParts(value)) return undefined
  const { properties = {}, required = [], title = 'it' } = parts
  for (const [key, property] of Object.entries(properties)) {
    if (value[key] === undefined && required.includes(key) && !('default' in property)) {
      const flaw = new Flaw(`has no "${key}", which ${title} needs`, `add "${key}": ${expectation(property)}`)
      return { path, flaw }
    }
    const inner = misfit(property, value[key], [...path, key])
    if (inner !== undefined) return inner
  }
  const mismatch = parts.check?.(value)
  if (mismatch === undefined) return undefined
  const { at, flaw } = mismatch
  return { path: at === undefined ? path : [...path, String(at)], flaw }
}

/** Whether one path leads to the other, or both are the same. */
export function overlaps(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length)
  return a.slice(0, length).every((step, index) => step === b[index])
}

function isParts(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
