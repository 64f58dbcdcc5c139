import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml'
import { formats } from '../format/formats.ts'
import { clusterSchema, type NativeCluster } from '../schema/cluster.ts'
import { listenerSchema, type NativeListener } from '../schema/listener.ts'
import { type NativeRoute, routeSchema } from '../schema/route.ts'
import type { Surroundings } from '../surroundings.ts'
import { type ConfigPieces, readCluster, readListItem, readTopPair, type TopPair } from './config-file.ts'
import { Cursor, type Parsed } from './cursor.ts'
import type { FileText } from './file-text.ts'
import { broken } from './scalar.ts'
import { type SplitSection, skeletonOf, splitFile } from './split.ts'
import { Templates } from './templates.ts'
import { readValue } from './value.ts'
import { parsePart } from './yaml-file.ts'

/** Items parsed together: enough to spare the cost of a document for each, few enough to be young garbage. */
const batchSize = 32

/** What is remembered of an item without mistakes. `start` is where it begins in its text. */
interface Remembered {
  readonly name: string
  readonly value: NativeRoute | NativeListener | NativeCluster
  readonly start: number
}

interface Reading {
  readonly templates: Templates
  readonly file: FileText
  readonly surroundings: Surroundings
  readonly into: ConfigPieces
}

/**
 * Reads a file with long lists, item by item, those that are remembered without parsing. Gives what reading the whole would give,
 * or `false`, having left something behind in `into`, when the file has no long lists or anything is odd about it.
 */
export function readSplit(file: FileText, surroundings: Surroundings, into: ConfigPieces): boolean {
  const sections = splitFile(file.text).filter(isKnown)
  if (sections.length === 0) return false
  const skeleton = skeletonOf(file.text, sections)
  const parsed = parsePart(file, skeleton.text, skeleton.offsetOf)
  const contents = parsed?.document.contents
  if (parsed === undefined || !isMap(contents)) return false
  const cursor = new Cursor(parsed, into.problems, surroundings)
  const reading: Reading = { file, surroundings, into, templates: new Templates() }
  const seen = new Set<unknown>()
  for (const pair of contents.items as TopPair[]) {
    const key = isScalar(pair.key) ? pair.key.value : undefined
    if (seen.has(key)) return false
    seen.add(key)
    const section = sections.find((one) => one.key === key)
    if (section === undefined) readTopPair(pair, cursor, into)
    else if (!readSection(section, reading)) return false
  }
  return sections.every(({ key }) => seen.has(key))
}

function isKnown({ key, kind }: SplitSection): boolean {
  return kind === 'map' ? key === 'clusters' : key === 'routes' || key === 'listeners'
}

function readSection(section: SplitSection, reading: Reading): boolean {
  const { items, end } = section
  let unread = 0
  for (let index = 0; index <= items.length; index++) {
    const isLast = index === items.length
    const known = isLast ? undefined : recall(section, index, reading)
    const isFull = index - unread === batchSize
    if (isLast || isFull || known !== undefined) {
      if (index > unread && !readBatch(section, unread, index, reading)) return false
      unread = index
    }
    if (known === undefined) continue
    placeAgain(section, index, known, reading)
    unread = index + 1
  }
  return end >= 0
}

function textOf(section: SplitSection, index: number, file: FileText): string {
  return file.text.slice(section.items[index], section.items[index + 1] ?? section.end)
}

/** What is known of an item without parsing it: from before, or from another item of its form. */
function recall(section: SplitSection, index: number, reading: Reading): Remembered | undefined {
  const { file, surroundings, into } = reading
  const text = textOf(section, index, file)
  const remembered = surroundings.memory?.get(section.key, text) as Remembered | undefined
  const known = remembered ?? readFilled(section, text, reading)
  if (known === undefined || (section.kind === 'map' && into.clusters.has(known.name))) return undefined
  if (remembered === undefined) surroundings.memory?.set(section.key, text, known)
  return known
}

/** An item read through the tree of another one; whatever is wrong with it shows when it is parsed. */
function readFilled(
  section: SplitSection,
  text: string,
  { file, surroundings, templates }: Reading,
): Remembered | undefined {
  const filled = templates.fill(section.kind, text)
  if (filled === undefined) return undefined
  const { name, node, start, document } = filled
  const isName = section.kind === 'list' || formats.clusterName.read(name, surroundings) === name
  const cursor = new Cursor({ file, document, offsetOf: (offset) => offset }, [], surroundings)
  const value = readValue(schemas[section.key as keyof typeof schemas], node, cursor)
  return value === broken || !isName || cursor.problems.length > 0 ? undefined : { name, value, start }
}

const schemas = { routes: routeSchema, listeners: listenerSchema, clusters: clusterSchema }

function placeAgain(
  { key, items }: SplitSection,
  index: number,
  { name, value, start }: Remembered,
  { file, into }: Reading,
): void {
  const field = key === 'clusters' ? `clusters.${name}` : `${key}[${index}]`
  const origin = file.originAt((items[index] ?? 0) + start, field)
  if (key === 'clusters')
    into.clusters.set(name, { name, value: value as NativeCluster, origin, isSound: true })
  else if (key === 'routes') into.routes.push({ value: value as NativeRoute, origin, isSound: true })
  else into.listeners.push({ value: value as NativeListener, origin, isSound: true })
}

function readBatch(section: SplitSection, from: number, to: number, reading: Reading): boolean {
  const { file, surroundings, into } = reading
  const base = section.items[from] ?? 0
  const end = section.items[to] ?? section.end
  const parsed = parsePart(file, file.text.slice(base, end), (offset) => offset + base)
  const nodes = parsed === undefined ? [] : itemsOf(section, parsed)
  if (parsed === undefined || nodes.length !== to - from) return false
  const cursor = new Cursor(parsed, into.problems, surroundings)
  cursor.enter(section.key)
  for (const [offset, { start, key, value }] of nodes.entries()) {
    const index = from + offset
    const [first = 0, next = end] = section.items.slice(index, index + 2)
    if (start === undefined || start + base < first || start + base >= next) return false
    if (key === undefined)
      readListItem(section.key === 'routes' ? 'routes' : 'listeners', index, value, cursor, into)
    else readCluster(key, value, cursor, into)
    remember(section, index, start + base - first, key, reading)
  }
  return true
}

interface Item {
  readonly start: number | undefined
  readonly key: ParsedNode | undefined
  readonly value: ParsedNode | null
}

function itemsOf(section: SplitSection, { document }: Parsed): readonly Item[] {
  const contents: ParsedNode | null = document.contents
  if (section.kind === 'list' && isSeq(contents)) {
    return contents.items.map((value) => ({
      start: value?.range?.[0],
      key: undefined,
      value,
    }))
  }
  if (section.kind !== 'map' || !isMap(contents)) return []
  return (contents.items as TopPair[]).map(({ key, value }) => ({ start: key.range?.[0], key, value }))
}

/** Keeps what was read last, when nothing is wrong in it. */
function remember(
  section: SplitSection,
  index: number,
  start: number,
  key: ParsedNode | undefined,
  reading: Reading,
): void {
  const { file, surroundings, into } = reading
  const name = isScalar(key) ? String(key.value) : ''
  const placed =
    key !== undefined
      ? into.clusters.get(name)
      : section.key === 'routes'
        ? into.routes.at(-1)
        : into.listeners.at(-1)
  const isThis =
    placed?.origin.field === (key !== undefined ? `clusters.${name}` : `${section.key}[${index}]`)
  if (placed?.value === undefined || !placed.isSound || !isThis) return
  const remembered: Remembered = { name, value: placed.value, start }
  surroundings.memory?.set(section.key, textOf(section, index, file), remembered)
}
