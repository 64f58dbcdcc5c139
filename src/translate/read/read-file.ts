import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml'
import type { SourceFile, Surroundings } from '../surroundings.ts'
import { type ConfigPieces, readTopPair, type TopPair } from './config-file.ts'
import { Cursor } from './cursor.ts'
import { FileText } from './file-text.ts'
import { readSplit } from './read-split.ts'
import { parseFile } from './yaml-file.ts'

/** Reads a file into pieces, beside those of other files. `false` when its syntax is wrong and nothing of it could be read. */
export function readFile(source: SourceFile, surroundings: Surroundings, into: ConfigPieces): boolean {
  const file = new FileText(source)
  into.files.set(source.path, file)
  const undo = into.mark()
  if (readSplit(file, surroundings, into)) return true
  undo()
  return readWhole(file, surroundings, into)
}

function readWhole(file: FileText, surroundings: Surroundings, into: ConfigPieces): boolean {
  const parsed = parseFile(file, into.problems)
  if (parsed === undefined) return false
  const contents: ParsedNode | null = parsed.document.contents
  if (contents === null || (isScalar(contents) && contents.value === null)) return true
  const cursor = new Cursor(parsed, into.problems, surroundings)
  if (!isMap(contents)) {
    const what = `the file ${isSeq(contents) ? 'is a list' : 'is not a map'}: ${cursor.excerpt(contents)}`
    cursor.refuse(contents, what, 'write "listeners:", "routes:" and "clusters:" at its top')
    return false
  }
  const seen = new Set<unknown>()
  for (const pair of contents.items as TopPair[]) {
    const key = isScalar(pair.key) ? pair.key.value : undefined
    if (seen.has(key))
      cursor.refuse(pair.key, `key "${String(key)}" stands twice in one map`, 'put both together')
    else readTopPair(pair, cursor, into)
    seen.add(key)
  }
  return true
}
