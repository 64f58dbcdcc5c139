import type { TSchema } from 'typebox'
import { type Document, isMap, isNode, type ParsedNode, Scalar, visit } from 'yaml'
import type { Problem } from '../../../model/problem.ts'
import { noSecrets } from '../../format/flaw.ts'
import { Cursor } from '../../read/cursor.ts'
import { FileText } from '../../read/file-text.ts'
import { keywordsOf, shapeOf } from '../../read/keywords.ts'
import { broken } from '../../read/scalar.ts'
import { readValue } from '../../read/value.ts'
import { parseFile } from '../../read/yaml-file.ts'

/** What an annotation's text was read to. */
export type TextRead =
  | { readonly kind: 'value'; readonly value: unknown; readonly has: (path: readonly string[]) => boolean }
  | { readonly kind: 'flawed'; readonly flaws: readonly Pick<Problem, 'message' | 'remedy'>[] }

/**
 * Reads the text of an annotation by a schema, as if it stood in a file: YAML for lists and maps; text as it is, since an
 * annotation is text already, with quotes around it taken off. One mistake, and there is no value. Anchors are refused: by aliases, a
 * short text becomes a hundred thousand values, for each route of an Ingress.
 * `has` tells whether the text says a key.
 */
export function readText(name: string, schema: TSchema, text: string): TextRead {
  const problems: Problem[] = []
  const file = new FileText({ path: name, text })
  const parsed = parseFile(file, problems)
  const written: ParsedNode | null = parsed?.document.contents ?? null
  const plain = plainScalar(schema, written, text)
  if (parsed === undefined && plain === undefined) return flawed(problems)
  if (parsed !== undefined && plain === undefined && hasAnchor(parsed.document)) return anchored(name)
  const document = parsed?.document ?? parseEmpty(name)
  problems.length = 0
  const cursor = new Cursor({ file, offsetOf: (offset) => offset, document }, problems, noSecrets)
  cursor.enter(name)
  const value = readValue(schema, plain ?? written, cursor)
  if (value === broken || problems.length > 0) return flawed(problems)
  return { kind: 'value', value, has: (path) => isMap(written) && written.hasIn(path) }
}

function flawed(problems: readonly Problem[]): TextRead {
  return { kind: 'flawed', flaws: problems.map(({ message, remedy }) => ({ message, remedy })) }
}

function anchored(name: string): TextRead {
  const message = `${name} holds an anchor of YAML, and annotations may not write one value for many`
  return { kind: 'flawed', flaws: [{ message, remedy: 'write the values out' }] }
}

function hasAnchor(document: Document.Parsed): boolean {
  let found = false
  visit(document, {
    Node(_, node) {
      if (!isNode(node) || !('anchor' in node) || node.anchor === undefined) return undefined
      found = true
      return visit.BREAK
    },
  })
  return found
}

/** The whole text as one value, for a schema that takes text and a text that is no list, no map and not in quotes. */
function plainScalar(schema: TSchema, node: ParsedNode | null, text: string): Scalar.Parsed | undefined {
  const { anyOf = [schema] } = keywordsOf(schema)
  const takesText = anyOf.some((one) => shapeOf(one) === 'scalar' && keywordsOf(one).format !== undefined)
  const isPlain = node === null || (node instanceof Scalar && node.type === 'PLAIN')
  const value = text.trim()
  if (!takesText || !isPlain || value === '') return undefined
  const start = text.indexOf(value)
  const range: [number, number, number] = [start, start + value.length, text.length]
  return Object.assign(new Scalar(value), { range, source: value }) as Scalar.Parsed
}

function parseEmpty(path: string) {
  const parsed = parseFile(new FileText({ path, text: '' }), [])
  if (parsed === undefined) throw new Error('assertion failed: an empty text is YAML')
  return parsed.document
}
