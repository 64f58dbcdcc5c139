import {
  type Static,
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TUnsafe,
  Type,
} from 'typebox'
import type { JsonMap } from '../../model/filters/extension.ts'
import type { Flaw } from '../format/flaw.ts'
import type { FormatName, Formatted } from '../format/formats.ts'

/**
 * What a schema says besides its type; stands in the reference page and in editors.
 *
 * A key with a `default` may be left out, and its value is then there all the same: the default is written as an operator would
 * write it, and read through the schema.
 */
export interface Facts {
  readonly description: string
  /** What a number counts, when the key does not say it: `percent`. */
  readonly unit?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
}

/** What is wrong between the parts of one value: `at` is the key (or index) where to show it; none shows the whole. */
export interface Mismatch {
  readonly at: string | number | undefined
  readonly flaw: Flaw
}

/** A list of named values, in the order written; a list, so that no name can hurt (`__proto__`). */
export type Entries<T> = readonly (readonly [name: string, value: T])[]

/** Text that a format turns into a value. */
export function text<N extends FormatName>(format: N, facts: Facts): TUnsafe<Formatted<N>> {
  return Type.Unsafe<Formatted<N>>({ ...plain(facts), type: 'string', format })
}

/** The same, or one of some words with a meaning of their own: `{ none: 0 }`. */
export function textOr<N extends FormatName, const W extends Readonly<Record<string, unknown>>>(
  format: N,
  words: W,
  facts: Facts,
): TUnsafe<Formatted<N> | W[keyof W]> {
  return Type.Unsafe<Formatted<N> | W[keyof W]>({ ...plain(facts), type: 'string', format, words })
}

/** Text, or a number or boolean taken as the text it is written as. */
export function scalar<N extends FormatName>(format: N, facts: Facts): TUnsafe<Formatted<N>> {
  return Type.Unsafe<Formatted<N>>({ ...plain(facts), type: ['string', 'number', 'boolean'], format })
}

/** One of some words. */
export function word<const W extends readonly string[]>(words: W, facts: Facts): TUnsafe<W[number]> {
  return Type.Unsafe<W[number]>({ ...plain(facts), enum: words })
}

/** A whole number. */
export function whole(minimum: number, maximum: number, facts: Facts): TUnsafe<number> {
  return Type.Unsafe<number>({ ...plain(facts), type: 'integer', minimum, maximum })
}

/** A whole number, or one of some words. */
export function wholeOr<const W extends Readonly<Record<string, unknown>>>(
  minimum: number,
  maximum: number,
  words: W,
  facts: Facts,
): TUnsafe<number | W[keyof W]> {
  return Type.Unsafe<number | W[keyof W]>({ ...plain(facts), type: 'integer', minimum, maximum, words })
}

/** A number with fractions. */
export function fraction(minimum: number, maximum: number, facts: Facts): TUnsafe<number> {
  return Type.Unsafe<number>({ ...plain(facts), type: 'number', minimum, maximum })
}

interface ObjectFacts<P extends TProperties> extends Facts {
  /** Whether the parts fit each other; called only when each of them is right. */
  readonly check?: (value: Static<TObject<P>>) => Mismatch | undefined
}

/** A map with known keys. `title` has an article: `a route`. */
export function object<P extends TProperties>(
  title: string,
  properties: P,
  facts: ObjectFacts<P>,
): TObject<P> {
  return Type.Object(properties, { ...plain(facts), check: facts.check, title, additionalProperties: false })
}

interface ChoiceFacts<P extends TProperties, C extends TProperties> extends Facts {
  /** Further keys that one of the keys may have beside it, with defaults when that is there. */
  readonly beside?: { readonly key: keyof P & string; readonly parts: C }
  readonly check?: (value: Partial<Static<TObject<P & C>>>) => Mismatch | undefined
}

/** A map with exactly one of the keys. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- without keys beside it there are none
export function oneKey<P extends TProperties, C extends TProperties = Record<never, never>>(
  title: string,
  properties: P,
  facts: ChoiceFacts<P, C>,
): TObject<{ [K in keyof (P & C)]: TOptional<(P & C)[K]> }> {
  const { beside, check } = facts
  const all = { ...properties, ...beside?.parts }
  const schema = Type.Object(Type.Partial(Type.Object(all)).properties, {
    ...plain(facts),
    ...(beside === undefined ? {} : { beside: { key: beside.key, parts: Object.keys(beside.parts) } }),
    ...(check === undefined ? {} : { check }),
    title,
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  })
  return schema as unknown as TObject<{ [K in keyof (P & C)]: TOptional<(P & C)[K]> }>
}

/** A map from names to values of one kind. */
export function mapOf<S extends TSchema>(
  title: string,
  keys: FormatName,
  values: S,
  facts: Facts,
): TUnsafe<Entries<Static<S>>> {
  return Type.Unsafe<Entries<Static<S>>>({
    ...plain(facts),
    type: 'object',
    title,
    keys,
    additionalProperties: values,
  })
}

/** A map of anything that JSON can say, taken as it is. */
export function freeMap(title: string, facts: Facts): TUnsafe<JsonMap> {
  return Type.Unsafe<JsonMap>({ ...plain(facts), type: 'object', title, isFree: true })
}

interface ListFacts<S extends TSchema> extends Facts {
  readonly minItems?: number
  readonly check?: (value: readonly Static<S>[]) => Mismatch | undefined
}

/** A list. */
export function listOf<S extends TSchema>(items: S, facts: ListFacts<S>): TUnsafe<readonly Static<S>[]> {
  const minItems = facts.minItems ?? 0
  return Type.Unsafe<readonly Static<S>[]>({
    ...plain(facts),
    check: facts.check,
    type: 'array',
    items,
    minItems,
  })
}

/** Text, a list or a map: the reader takes the one that the value looks like. */
export function either<const S extends readonly TSchema[]>(
  schemas: S,
  facts: Facts,
): TUnsafe<Static<S[number]>> {
  return Type.Unsafe<Static<S[number]>>({ ...plain(facts), anyOf: schemas })
}

/** A key that may be left out, with no value then. */
export const optional = Type.Optional

function plain(facts: Facts): Record<string, unknown> {
  const { description, examples, unit } = facts
  return {
    description,
    ...(unit === undefined ? {} : { unit }),
    ...('default' in facts ? { default: facts.default } : {}),
    ...(examples === undefined ? {} : { examples }),
  }
}
