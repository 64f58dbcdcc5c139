import { Document, parseAllDocuments, YAMLParseError } from 'yaml'
import type { Problem } from '../../model/problem.ts'
import { printedSecret } from '../../model/secret.ts'
import { isSecretName } from '../../model/secret-names.ts'
import { quoted } from '../../std/quoted.ts'
import type { Parsed } from './cursor.ts'
import type { FileText } from './file-text.ts'

/** Larger files are refused unread: nobody writes them, and parsing takes memory of many times their size. */
const largestFile = 64 * 1024 * 1024

/** One mistake of syntax often brings more; the first ones say enough. */
const mostErrors = 10

const options = {
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
  keepSourceTokens: false,
} as const

/** Parses a whole file; mistakes of syntax are reported and give `undefined`. */
export function parseFile(file: FileText, problems: Problem[]): Parsed | undefined {
  const refuse = (offset: number, message: string, remedy: string): undefined => {
    problems.push({ severity: 'error', origin: file.originAt(offset, ''), message, remedy })
  }
  if (file.text.length > largestFile)
    return refuse(0, 'the file is larger than 64 MiB', 'split it into several files')
  const documents = parseAllDocuments(file.text, options)
  const [document = emptyDocument(), second] = 'empty' in documents ? [] : documents
  if (second !== undefined)
    return refuse(
      second.range[0],
      'the file holds several documents',
      'remove the line "---", or write a file for each',
    )
  const errors = [...document.errors, ...document.warnings]
  const deep = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION')
  if (deep !== undefined)
    return refuse(
      deep.pos[0],
      'values are nested too deep to be read',
      'no setting is deeper than ten levels',
    )
  for (const error of errors.slice(0, mostErrors)) {
    const offset = error.pos[0]
    const line = file.lineAt(offset)
    const shown = isSecretName(line) ? printedSecret : quoted(line)
    const what = error instanceof YAMLParseError ? 'is not YAML' : 'has a tag that means nothing here'
    refuse(offset, `${shown} ${what}: ${firstLine(error.message)}`, remedyOf(error.code))
  }
  return errors.length > 0 ? undefined : { file, document, offsetOf: (offset) => offset }
}

/** Parses a part of a file; `undefined` when anything is odd about it, and the file has to be parsed as a whole. */
export function parsePart(
  file: FileText,
  text: string,
  offsetOf: (offset: number) => number,
): Parsed | undefined {
  const documents = parseAllDocuments(text, options)
  const [document = emptyDocument(), second] = 'empty' in documents ? [] : documents
  const isClean = second === undefined && document.errors.length === 0 && document.warnings.length === 0
  return isClean ? { file, document, offsetOf } : undefined
}

function emptyDocument(): Document.Parsed {
  return new Document(null, options) as unknown as Document.Parsed
}

const remedies: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'align it with its neighbours, with two spaces for each level',
  BLOCK_AS_IMPLICIT_KEY: 'put quotes around a value that holds ": "',
  MULTILINE_IMPLICIT_KEY: 'add ":" behind the key',
  MISSING_CHAR: 'add what is missing',
  BAD_SCALAR_START: 'put quotes around the value',
  UNEXPECTED_TOKEN: 'put quotes around the value, or remove it',
  TAG_RESOLVE_FAILED: 'remove the tag',
}

function remedyOf(code: string): string {
  return remedies[code] ?? 'write it as YAML 1.2 has it'
}

function firstLine(message: string): string {
  const line = message.split('\n', 1)[0] ?? ''
  return line.charAt(0).toLowerCase() + line.slice(1)
}
