import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml'
import type { Json, JsonMap } from '../../model/filters/extension.ts'
import { quoted } from '../../std/quoted.ts'
import type { Cursor } from './cursor.ts'
import { broken } from './scalar.ts'

/** Deeper values are nobody's options. */
const deepest = 32

/** Reads a map of anything that JSON can say; mistakes go to the cursor, and leave their part out. */
export function readFreeMap(node: ParsedNode, cursor: Cursor): JsonMap {
  return isMap(node) ? mapOf(node, cursor, 0) : {}
}

function read(written: ParsedNode | null, cursor: Cursor, depth: number): Json | typeof broken {
  if (written === null) return null
  const isFine = cursor.isAffordable(written)
  const node = isFine ? cursor.resolve(written) : undefined
  const value = node === undefined ? broken : valueOf(node, cursor, depth)
  if (isAlias(written)) cursor.leaveAlias()
  return value
}

function valueOf(node: ParsedNode, cursor: Cursor, depth: number): Json | typeof broken {
  if (depth > deepest) {
    cursor.refuse(node, `${cursor.label} is more than ${deepest} levels deep`, 'write it flatter')
    return broken
  }
  if (isMap(node)) return mapOf(node, cursor, depth)
  if (isSeq(node)) return listOf(node.items, cursor, depth)
  return isScalar(node) ? plainValue(node, cursor) : broken
}

function mapOf(node: ParsedNode, cursor: Cursor, depth: number): JsonMap {
  const members: [string, Json][] = []
  if (!isMap(node)) return {}
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : undefined
    if (name === undefined || name === '__proto__' || name === '<<') {
      cursor.refuse(key, `key ${cursor.excerpt(key)} cannot be one here`, 'write a name')
      continue
    }
    cursor.enter(name)
    const part = read(value, cursor, depth + 1)
    cursor.leave()
    if (members.some(([other]) => other === name))
      cursor.refuse(key, `key ${quoted(name)} stands twice in one map`, 'remove one of them')
    else if (part !== broken) members.push([name, part])
  }
  return Object.fromEntries(members)
}

function listOf(items: readonly (ParsedNode | null)[], cursor: Cursor, depth: number): Json {
  const values: Json[] = []
  for (const [index, item] of items.entries()) {
    cursor.enter(index)
    const value = read(item, cursor, depth + 1)
    cursor.leave()
    if (value !== broken) values.push(value)
  }
  return values
}

const reference = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/

function plainValue(node: ParsedNode & { readonly value: unknown }, cursor: Cursor): Json | typeof broken {
  const { value } = node
  if (typeof value === 'string') {
    const name = reference.exec(value)?.[1]
    if (name === undefined) return value
    const remedy = `write "env: [${name}]" beside "extension", and read it from the environment in the module`
    cursor.refuse(
      node,
      `${cursor.label} ${quoted(value)} refers to the environment, which options cannot do`,
      remedy,
    )
    return broken
  }
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  cursor.refuse(
    node,
    `${cursor.label} ${cursor.excerpt(node)} cannot be written in JSON`,
    'write it in quotes',
  )
  return broken
}
