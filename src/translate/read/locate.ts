import { isMap, isScalar, isSeq, type ParsedNode, parseDocument, visit } from 'yaml'
import type { Locate } from '../../model/validate.ts'
import type { FileText } from './file-text.ts'

/**
 * Finds values inside of pieces, for problems that show only once everything is read. The piece is parsed again, alone: problems
 * are rare, and keeping all syntax trees for them would cost every good file its memory. What cannot be found that way is
 * shown where the piece stands.
 */
export function locatorFor(files: ReadonlyMap<string, FileText>): Locate {
  return (piece, field, value) => {
    const file = files.get(piece.file)
    if (file === undefined || piece.line === 0) return piece
    const start = file.offsetOf(piece)
    const indent = piece.column - 1
    const text = ' '.repeat(indent) + pieceText(file.text, start, indent)
    const node = findField(text, field)
    const found = node === undefined ? undefined : (findValue(node, value) ?? node)
    if (found === undefined) return piece
    return file.originAt(start - indent + found.range[0], `${piece.field}.${field}`)
  }
}

/** From the start of a piece to the next line that is not indented deeper than its first key. */
function pieceText(text: string, start: number, indent: number): string {
  const ending = new RegExp(`\\n {0,${Math.max(0, indent - 1)}}[^ \\r\\n]`, 'g')
  ending.lastIndex = start
  const end = indent === 0 ? -1 : (ending.exec(text)?.index ?? -1)
  return text.slice(start, end < 0 ? undefined : end + 1)
}

function findField(text: string, field: string): ParsedNode | undefined {
  const { contents } = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
  if (!isMap(contents)) return undefined
  // The piece of a cluster begins at its name, and those behind it follow.
  const named = contents.items[0]?.value
  const found = contents.get(field, true) ?? (isMap(named) ? named.get(field, true) : undefined)
  return found as ParsedNode | undefined
}

/** The first scalar of this value; listeners' addresses and the like may be written in another way than they are printed. */
function findValue(node: ParsedNode, value: string): ParsedNode | undefined {
  let found: ParsedNode | undefined
  if (isSeq(node) || isMap(node) || isScalar(node)) {
    visit(node, {
      Scalar(_, scalar) {
        if (scalar.value !== value) return undefined
        found = scalar as ParsedNode
        return visit.BREAK
      },
    })
  }
  return found
}
