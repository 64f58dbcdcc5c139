import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml'
import type { Origin } from '../../model/origin.ts'
import { type Problem, printPlace } from '../../model/problem.ts'
import { quoted } from '../../std/quoted.ts'
import { formats } from '../format/formats.ts'
import { clusterSchema, type NativeCluster } from '../schema/cluster.ts'
import { configSchema } from '../schema/config.ts'
import { listenerSchema, type NativeListener } from '../schema/listener.ts'
import { type NativeRoute, routeSchema } from '../schema/route.ts'
import { type NativeSettings, settingsSchemas } from '../schema/settings.ts'
import type { Cursor } from './cursor.ts'
import type { FileText } from './file-text.ts'
import { keywordsOf } from './keywords.ts'
import { broken } from './scalar.ts'
import { readValue, refuseKey } from './value.ts'

/** A value with the place it was read from. */
export interface Placed<T> {
  readonly value: T
  readonly origin: Origin
  /** Whether nothing is wrong in it; otherwise parts of it may be missing, and it only tells what it refers to. */
  readonly isSound: boolean
}

/** A cluster; `undefined` when nothing of it could be read but its name. */
export interface PlacedCluster extends Placed<NativeCluster | undefined> {
  readonly name: string
}

/** What files say, piece by piece, with what is wrong in the pieces. */
export class ConfigPieces {
  readonly listeners: Placed<NativeListener | undefined>[] = []
  readonly routes: Placed<NativeRoute>[] = []
  readonly clusters = new Map<string, PlacedCluster>()
  readonly settings = new Map<keyof NativeSettings, Placed<unknown>>()
  readonly problems: Problem[] = []
  /** The files read, by path. */
  readonly files = new Map<string, FileText>()

  /** Remembers how much there is now; calling what it gives takes away what came since. */
  mark(): () => void {
    const counts = [this.listeners, this.routes, this.problems].map((list) => list.length)
    const [clusters, settings] = [this.clusters.size, this.settings.size]
    return () => {
      for (const [index, list] of [this.listeners, this.routes, this.problems].entries())
        list.length = counts[index] ?? 0
      for (const name of [...this.clusters.keys()].slice(clusters)) this.clusters.delete(name)
      for (const name of [...this.settings.keys()].slice(settings)) this.settings.delete(name)
    }
  }
}

/** A pair of the top level of a file. */
export interface TopPair {
  readonly key: ParsedNode
  readonly value: ParsedNode | null
}

/** Reads a top-level key with its value, wherever it belongs. */
export function readTopPair({ key, value }: TopPair, cursor: Cursor, into: ConfigPieces): void {
  const name = isScalar(key) && typeof key.value === 'string' ? key.value : undefined
  if (name === undefined)
    return cursor.refuse(
      key,
      `key ${cursor.excerpt(key)} is not text`,
      'write "listeners", "routes" or "clusters"',
    )
  cursor.enter(name)
  if (name === 'listeners' || name === 'routes') readList(name, key, value, cursor, into)
  else if (name === 'clusters') readClusters(key, value, cursor, into)
  else if (isSetting(name)) readSetting(name, key, value, cursor, into)
  else refuseKey(keywordsOf(configSchema), name, key, cursor)
  cursor.leave()
}

function readList(
  name: 'listeners' | 'routes',
  key: ParsedNode,
  value: ParsedNode | null,
  cursor: Cursor,
  into: ConfigPieces,
): void {
  const node = resolve(value, key, cursor)
  if (node === undefined) return
  if (!isSeq(node)) return refuseShape(name, node, cursor)
  for (const [index, item] of node.items.entries()) {
    readListItem(name, index, item, cursor, into)
  }
}

/** Reads one listener or route. The cursor stands on the list. */
export function readListItem(
  name: 'listeners' | 'routes',
  index: number,
  node: ParsedNode | null,
  cursor: Cursor,
  into: ConfigPieces,
): void {
  cursor.enter(index)
  const before = cursor.problems.length
  const origin = cursor.originOf(node)
  if (name === 'routes') {
    const value = readValue(routeSchema, node, cursor)
    if (value !== broken) into.routes.push({ value, origin, isSound: cursor.problems.length === before })
  } else {
    const value = readValue(listenerSchema, node, cursor)
    into.listeners.push({
      value: value === broken ? undefined : value,
      origin,
      isSound: cursor.problems.length === before,
    })
  }
  cursor.leave()
}

function readClusters(key: ParsedNode, value: ParsedNode | null, cursor: Cursor, into: ConfigPieces): void {
  const node = resolve(value, key, cursor)
  if (node === undefined) return
  if (!isMap(node)) return refuseShape('clusters', node, cursor)
  for (const pair of node.items) readCluster(pair.key, pair.value, cursor, into)
}

/** Reads one cluster. The cursor stands on the map. */
export function readCluster(
  key: ParsedNode,
  node: ParsedNode | null,
  cursor: Cursor,
  into: ConfigPieces,
): void {
  const name = isScalar(key) ? key.value : undefined
  if (typeof name !== 'string')
    return cursor.refuse(
      key,
      `key ${cursor.excerpt(key)} is not text`,
      'write a name, in quotes if it is a number',
    )
  cursor.enter(name)
  const before = cursor.problems.length
  const origin = cursor.originOf(key)
  const flaw = formats.clusterName.read(name, cursor.secrets)
  if (typeof flaw !== 'string') cursor.refuse(key, `key ${quoted(name)} ${flaw.message}`, flaw.remedy)
  const value = readValue(clusterSchema, node, cursor)
  const earlier = into.clusters.get(name)
  const isSound = cursor.problems.length === before
  if (earlier === undefined)
    into.clusters.set(name, { name, value: value === broken ? undefined : value, origin, isSound })
  else
    cursor.refuse(
      key,
      `cluster ${quoted(name)} stands twice, first at ${printPlace(earlier.origin)}`,
      'remove or rename one of them',
    )
  cursor.leave()
}

function readSetting(
  name: keyof NativeSettings,
  key: ParsedNode,
  node: ParsedNode | null,
  cursor: Cursor,
  into: ConfigPieces,
): void {
  const origin = cursor.originOf(key)
  const earlier = into.settings.get(name)
  if (earlier !== undefined) {
    return cursor.refuse(
      key,
      `"${name}" stands twice, first at ${printPlace(earlier.origin)}`,
      'put all of it in one place',
    )
  }
  const before = cursor.problems.length
  const value = readValue(settingsSchemas[name], node, cursor)
  into.settings.set(name, { value, origin, isSound: cursor.problems.length === before })
}

function isSetting(name: string): name is keyof NativeSettings {
  return Object.hasOwn(settingsSchemas, name)
}

function resolve(node: ParsedNode | null, key: ParsedNode, cursor: Cursor): ParsedNode | undefined {
  const isEmpty = node === null || (isScalar(node) && node.value === null)
  if (!isEmpty) return cursor.resolve(node)
  cursor.refuse(key, `${cursor.label} has no value`, 'write something below it, or remove the key')
  return undefined
}

function refuseShape(name: 'listeners' | 'routes' | 'clusters', node: ParsedNode, cursor: Cursor): void {
  const example =
    name === 'clusters'
      ? 'a map: "clusters:" and below it "  api: { endpoints: [10.0.0.5:8080] }"'
      : `a list: "${name}:" and below it "  - …"`
  cursor.refuse(
    node,
    `${name} ${cursor.excerpt(node)} is not ${name === 'clusters' ? 'a map' : 'a list'}`,
    `write ${example}`,
  )
}
