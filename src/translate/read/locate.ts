import { isMap, isScalar, isSeq, type ParsedNode, parseDocument, visit } from 'yaml'
import type { Origin } from '../../model/origin.ts'
import type { Locate } from '../../model/validate.ts'
import type { FileText } from './file-text.ts'

/**
 * Finds values inside of pieces, for what shows only once everything is read. The piece is parsed again, alone: problems
 * are rare, and keeping all syntax trees for them would cost every good file its memory. What cannot be found that way is
 * shown where the piece stands.
 */
export function locatorFor(files: ReadonlyMap<string, FileText>): Locate {
  let last: Field | undefined
  return (piece, field, value) => {
    const file = files.get(piece.file)
    if (file === undefined || piece.line === 0) return piece
    if (last?.piece !== piece || last.name !== field) last = readField(file, piece, field)
    const offset = last.offsets.get(value) ?? last.start
    return offset === undefined ? piece : file.originAt(offset, `${piece.field}.${field}`)
  }
}

/** A key of a piece, as it was read last: a listener may ask for the places of thousands of certificates. */
interface Field {
  readonly piece: Origin
  readonly name: string
  /** `undefined` when the piece has no such key. */
  readonly start: number | undefined
  /** Of the first scalar of each value; addresses and the like may be written in another way than they are printed. */
  readonly offsets: ReadonlyMap<unknown, number>
}

function readField(file: FileText, piece: Origin, name: string): Field {
  const start = file.offsetOf(piece)
  const indent = piece.column - 1
  const isCluster = piece.field.startsWith('clusters.')
  const text = ' '.repeat(indent) + pieceText(file.text, start, isCluster ? indent : indent - 1)
  const node = findField(text, isCluster, name)
  const offsets = new Map<unknown, number>()
  const note = (scalar: { readonly value: unknown; readonly range?: readonly number[] | null }): void => {
    if (!offsets.has(scalar.value)) offsets.set(scalar.value, start - indent + (scalar.range?.[0] ?? 0))
  }
  if (isSeq(node) || isMap(node) || isScalar(node)) visit(node, { Scalar: (_, scalar) => note(scalar) })
  return { piece, name, start: node === undefined ? undefined : start - indent + node.range[0], offsets }
}

/** From the start of a piece to the next line that is indented by `most` or less. */
function pieceText(text: string, start: number, most: number): string {
  const ending = new RegExp(`\\n {0,${Math.max(0, most)}}[^ \\r\\n]`, 'g')
  ending.lastIndex = start
  const end = most < 0 ? -1 : (ending.exec(text)?.index ?? -1)
  return text.slice(start, end < 0 ? undefined : end + 1)
}

/** A key of a piece; the piece of a cluster begins at its name. */
function findField(text: string, isCluster: boolean, field: string): ParsedNode | undefined {
  const { contents } = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
  if (!isMap(contents)) return undefined
  const keys = isCluster ? contents.items[0]?.value : contents
  return isMap(keys) ? (keys.get(field, true) as ParsedNode | undefined) : undefined
}
