import type { Static, TSchema } from 'typebox'
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { assert } from '../../std/assert.ts'
import { closest } from '../../std/closest.ts'
import { deepFreeze } from '../../std/freeze.ts'
import { quoted } from '../../std/quoted.ts'
import { Flaw, noSecrets } from '../format/flaw.ts'
import { formats } from '../format/formats.ts'
import type { Entries } from '../schema/build.ts'
import { Cursor } from './cursor.ts'
import { FileText } from './file-text.ts'
import { readFreeMap } from './free-value.ts'
import { expectation, type Keywords, keywordsOf, shapeOf } from './keywords.ts'
import { unavailable } from './later.ts'
import { broken, isEmptyNode, readScalar } from './scalar.ts'

type ParsedPair = Pair<ParsedNode, ParsedNode | null>

/**
 * Reads a YAML node by a schema: what it gives is of the schema's type, with defaults filled in and text turned into values.
 * Mistakes go to the cursor, all of them; a part that has one is left out, or replaced by its default, and `broken` is given
 * only when nothing of the type is left.
 */
export function readValue<S extends TSchema>(
  schema: S,
  node: ParsedNode | null,
  cursor: Cursor,
): Static<S> | typeof broken {
  return read(schema, node, cursor) as Static<S> | typeof broken
}

function read(schema: TSchema, written: ParsedNode | null, cursor: Cursor): unknown {
  if (written === null || isEmptyNode(written)) {
    cursor.refuse(written, `${cursor.label} has no value`, `write ${expectation(schema)}, or remove the key`)
    return broken
  }
  if (!isAlias(written)) return readNode(schema, written, written, cursor)
  const node = cursor.isAffordable(written) ? cursor.resolve(written) : undefined
  const value = node === undefined ? broken : readNode(schema, node, written, cursor)
  cursor.leaveAlias()
  return value
}

/** Reads a node; `written` is where it, or an alias of it, stands. */
function readNode(schema: TSchema, node: ParsedNode, written: ParsedNode, cursor: Cursor): unknown {
  if (!cursor.isAffordable(node)) return broken
  const chosen = choose(schema, node)
  if (chosen === undefined) {
    const what = isMap(node) ? 'is a map' : isSeq(node) ? 'is a list' : `is not a ${shapeOf(schema)}`
    cursor.refuse(written, `${cursor.label} ${cursor.excerpt(node)} ${what}`, `write ${wanted(schema, node)}`)
    return broken
  }
  const keywords = keywordsOf(chosen)
  if (isScalar(node)) return readScalar(keywords, node, cursor)
  const before = cursor.problems.length
  const value = isSeq(node)
    ? readList(keywords, node, cursor)
    : readMap(keywords, node as YAMLMap<ParsedNode, ParsedNode | null>, cursor)
  if (cursor.problems.length === before) checkParts(keywords, value, node, cursor)
  return value
}

/** The one of a schema's alternatives that reads nodes of this kind. */
function choose(schema: TSchema, node: ParsedNode): TSchema | undefined {
  const shape = isMap(node) ? 'map' : isSeq(node) ? 'list' : 'scalar'
  const { anyOf } = keywordsOf(schema)
  if (anyOf === undefined) return shapeOf(schema) === shape ? schema : undefined
  return anyOf.find((one) => shapeOf(one) === shape)
}

function wanted(schema: TSchema, node: ParsedNode): string {
  const isLoneText = isScalar(node) && typeof node.value === 'string' && shapeOf(schema) === 'list'
  return isLoneText ? `a list: [${String(node.value).slice(0, 60)}]` : expectation(schema)
}

function readList(schema: Keywords, node: YAMLSeq, cursor: Cursor): unknown {
  const { items, minItems = 0 } = schema
  assert(items !== undefined, 'a list schema has items')
  const values: unknown[] = []
  for (const [index, item] of node.items.entries()) {
    cursor.enter(index)
    const value = read(items, item as ParsedNode | null, cursor)
    if (value !== broken) values.push(value)
    cursor.leave()
  }
  if (node.items.length < minItems)
    cursor.refuse(
      node as ParsedNode,
      `${cursor.label} [] is empty`,
      `write at least one: ${expectation(items)}`,
    )
  return values
}

function readMap(schema: Keywords, node: YAMLMap<ParsedNode, ParsedNode | null>, cursor: Cursor): unknown {
  if (schema.isFree === true) return readFreeMap(node as ParsedNode, cursor)
  const pairs = readKeys(node, cursor)
  return schema.properties === undefined
    ? readEntries(schema, pairs, cursor)
    : readObject(schema, schema.properties, node, pairs, cursor)
}

/** The pairs of a map by their keys, each key once. */
function readKeys(node: YAMLMap<ParsedNode, ParsedNode | null>, cursor: Cursor): Map<string, ParsedPair> {
  const pairs = new Map<string, ParsedPair>()
  for (const pair of node.items) {
    const { key } = pair
    if (!isScalar(key) || typeof key.value !== 'string') {
      const shown = cursor.excerpt(key)
      cursor.refuse(
        key,
        `key ${shown} is not text`,
        isScalar(key) ? `write it in quotes: ${shown}` : 'write a name',
      )
    } else if (key.value === '<<')
      cursor.refuse(key, 'key "<<" would merge maps, which is not done here', 'repeat the keys')
    else if (pairs.has(key.value))
      cursor.refuse(key, `key ${quoted(key.value)} stands twice in one map`, 'remove one of them')
    else pairs.set(key.value, pair)
  }
  return pairs
}

function readEntries(schema: Keywords, pairs: Map<string, ParsedPair>, cursor: Cursor): Entries<unknown> {
  const { additionalProperties, keys = 'bodyText' } = schema
  assert(
    additionalProperties !== undefined && additionalProperties !== false,
    'a map schema has a schema of its values',
  )
  const entries: (readonly [string, unknown])[] = []
  const names = new Set<string>()
  for (const [key, pair] of pairs) {
    cursor.enter(key)
    const name = formats[keys].read(key, cursor.secrets)
    if (name instanceof Flaw) cursor.refuse(pair.key, `key ${quoted(key)} ${name.message}`, name.remedy)
    const value = read(additionalProperties, pair.value, cursor)
    cursor.leave()
    if (typeof name !== 'string' || value === broken) continue
    if (names.has(name))
      cursor.refuse(
        pair.key,
        `key ${quoted(key)} stands twice in one map, in different case`,
        'remove one of them',
      )
    else entries.push([name, value])
    names.add(name)
  }
  return entries
}

function readObject(
  schema: Keywords,
  properties: Readonly<Record<string, TSchema>>,
  node: YAMLMap<ParsedNode, ParsedNode | null>,
  pairs: Map<string, ParsedPair>,
  cursor: Cursor,
): unknown {
  for (const [key, pair] of pairs)
    if (!Object.hasOwn(properties, key)) refuseKey(schema, key, pair.key, cursor)
  const { key: main, parts = [] } = schema.beside ?? {}
  const isChoice = schema.maxProperties === 1
  const isMain = (key: string): boolean => !parts.includes(key)
  const mains = [...pairs.keys()].filter(isMain).length
  if (isChoice && mains !== 1 && (mains > 0 || pairs.size === 0))
    refuseCount(schema, { mains, keys: Object.keys(properties).filter(isMain) }, node, cursor)
  const value: Record<string, unknown> = {}
  let isWhole = true
  for (const [key, property] of Object.entries(properties)) {
    const pair = pairs.get(key)
    if (main !== undefined && !isMain(key) && !pairs.has(main)) {
      if (pair !== undefined) refuseBeside(schema, { key, main }, pair.key, cursor)
      continue
    }
    const part = pair === undefined ? broken : readPart(key, property, pair, cursor)
    if (part !== broken) value[key] = part
    else if ('default' in property) value[key] = defaultOf(property)
    else if (schema.required?.includes(key) === true) {
      isWhole = false
      if (pair === undefined)
        cursor.refuse(
          node as ParsedNode,
          `${schema.title} has no "${key}"`,
          `add "${key}": ${expectation(property)}`,
        )
    }
  }
  return isWhole && (!isChoice || Object.keys(value).filter(isMain).length === 1) ? value : broken
}

function readPart(key: string, schema: TSchema, pair: ParsedPair, cursor: Cursor): unknown {
  cursor.enter(key)
  const empty = isEmptyNode(pair.value)
  if (empty)
    cursor.refuse(pair.key, `${cursor.label} has no value`, `write ${expectation(schema)}, or remove the key`)
  const value = empty ? broken : read(schema, pair.value, cursor)
  cursor.leave()
  return value
}

/** Reports a key that the map does not have: of a later version, mistyped, or unknown. */
export function refuseKey(schema: Keywords, key: string, node: ParsedNode, cursor: Cursor): void {
  const known = Object.keys(schema.properties ?? {})
  const later = unavailable(key)
  const near = closest(key, known)
  if (later !== undefined)
    cursor.refuse(node, `${quoted(key)} is not available in this version: ${later}`, 'remove it')
  else if (near === undefined)
    cursor.refuse(
      node,
      `key ${quoted(key)} is unknown in ${schema.title}`,
      `write one of ${known.join(', ')}`,
    )
  else cursor.refuse(node, `key ${quoted(key)} is unknown in ${schema.title}`, `did you mean "${near}"?`)
}

function refuseBeside(
  schema: Keywords,
  { key, main }: { readonly key: string; readonly main: string },
  node: ParsedNode,
  cursor: Cursor,
): void {
  const message = `key ${quoted(key)} in ${schema.title} goes with "${main}" alone`
  cursor.refuse(node, message, `add "${main}", or remove it`)
}

function refuseCount(
  schema: Keywords,
  { mains, keys }: { readonly mains: number; readonly keys: readonly string[] },
  node: YAMLMap<ParsedNode, ParsedNode | null>,
  cursor: Cursor,
): void {
  const what = mains === 0 ? 'has no key' : `has ${mains} keys`
  cursor.refuse(
    node as ParsedNode,
    `${schema.title} ${what}, and needs exactly one`,
    `write one of ${keys.join(', ')}`,
  )
}

/** Whether the parts fit each other, once each of them is right. */
function checkParts(schema: Keywords, value: unknown, node: ParsedNode, cursor: Cursor): void {
  const mismatch = schema.check?.(value)
  if (mismatch === undefined) return
  const { at, flaw } = mismatch
  const part =
    at !== undefined && (isMap(node) || isSeq(node))
      ? (node.get(at, true) as ParsedNode | undefined)
      : undefined
  if (part === undefined)
    return cursor.refuse(node, `${schema.title ?? cursor.label} ${flaw.message}`, flaw.remedy)
  cursor.enter(at ?? '')
  cursor.refuse(part, `${cursor.label} ${cursor.excerpt(part)} ${flaw.message}`, flaw.remedy)
  cursor.leave()
}

const defaults = new WeakMap<TSchema, unknown>()

/** The value of a key that is left out: one frozen object per schema, shared by all that leave it out. */
export function defaultOf(schema: TSchema): unknown {
  if (defaults.has(schema)) return defaults.get(schema)
  const written = JSON.stringify(keywordsOf(schema).default)
  const document = parseDocument(written)
  const file = new FileText({ path: 'default', text: written })
  const cursor = new Cursor({ file, offsetOf: (offset) => offset, document }, [], noSecrets)
  const value = read(schema, document.contents, cursor)
  assert(cursor.problems.length === 0, `default ${written} fits its schema: ${cursor.problems[0]?.message}`)
  defaults.set(schema, deepFreeze(value))
  return value
}
