import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

/** The repository. */
export const root = resolve(import.meta.dirname, '../..')

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  readonly path: string
  readonly text: string
  /** Text without comments and with empty strings. */
  readonly code: string
  readonly lines: number
  readonly imports: readonly Import[]
}

export interface Import {
  /** `node:net`, `fastify`, or the path of our file relative to the repository: `src/std/clock.ts`. */
  readonly from: string
  readonly kind: 'value' | 'type'
  /** Names as they are exported there; empty for side effects and namespaces. */
  readonly names: readonly string[]
}

/** All TypeScript files under a folder of the repository, sorted. */
export function sourceFiles(folder: string): SourceFile[] {
  const found = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map(readSource)
}

function readSource(file: string): SourceFile {
  const text = readFileSync(file, 'utf8')
  const path = relative(root, file).split(sep).join('/')
  const bare = withoutComments(text)
  return {
    path,
    text,
    code: bare.replaceAll(literal, "''"),
    lines: text.split('\n').length - 1,
    imports: importsOf(bare, path),
  }
}

/** Quoted text on one line. Template literals stay: what stands in `${}` is code. */
const literal = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g
const commentOrLiteral =
  /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\/\*[\s\S]*?\*\/|(?<=^|[\s;,{}()])\/\/[^\n]*/g

function withoutComments(text: string): string {
  return text.replaceAll(commentOrLiteral, (part) => (part.startsWith('/') ? '' : part))
}

const statement = /^(?:import|export)\s+(type\s+)?(?:([^;'"]*?)\s+from\s+)?'([^']+)'/gm
const dynamic = /\bimport\(\s*'([^']+)'\s*\)/g

function importsOf(bare: string, path: string): Import[] {
  const imports: Import[] = []
  for (const [, type, clause = '', from = ''] of bare.matchAll(statement)) {
    const listed = clause
      .replaceAll(/[{}]/g, ' ')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    const onlyTypes =
      type !== undefined || (listed.length > 0 && listed.every((name) => name.startsWith('type ')))
    const names = listed.map((name) => name.replace(/^type /, '').split(' as ')[0] ?? '')
    imports.push({ from: resolved(from, path), kind: onlyTypes ? 'type' : 'value', names })
  }
  for (const [, from = ''] of bare.matchAll(dynamic))
    imports.push({ from: resolved(from, path), kind: 'value', names: [] })
  return imports
}

function resolved(from: string, path: string): string {
  return from.startsWith('.') ? join(dirname(path), from).split(sep).join('/') : from
}
