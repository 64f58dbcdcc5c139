import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Origin } from '../model/origin.ts'
import type { Problem } from '../model/problem.ts'
import type { SourceFile } from '../translate/surroundings.ts'

/** What was found at the paths of the operator: all readable files, in order, and what is wrong with the others. */
export interface FilesRead {
  readonly files: readonly SourceFile[]
  readonly problems: readonly Problem[]
}

/** Larger files are not even read. The same limit is in the translator, for other sources. */
const largestFile = 64 * 1024 * 1024

/**
 * Reads files and folders, blocking: it runs in the loader's thread and in commands. Of a folder, it takes the files ending in
 * `.yaml`, `.yml` and `.json`, by name, not those that start with a dot, and not folders in it. A file that is reached twice is
 * read once.
 */
export function readPaths(paths: readonly string[]): FilesRead {
  const files: SourceFile[] = []
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const path of paths.flatMap((one) => expand(one, problems))) {
    try {
      const real = realpathSync(path)
      if (seen.has(real)) continue
      seen.add(real)
      files.push({ path, text: readText(path) })
    } catch (error) {
      problems.push(unreadable(path, error))
    }
  }
  return { files, problems }
}

/** Names of the configuration files in a folder, in order. */
export function configNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => /^[^.].*\.(?:ya?ml|json)$/.test(name)).sort()
}

function expand(path: string, problems: Problem[]): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const names = configNames(readdirSync(path))
    if (names.length > 0) return names.map((name) => join(path, name))
    problems.push(
      problem(
        path,
        'the folder holds no configuration',
        'put a file into it that ends in .yaml, .yml or .json',
      ),
    )
  } catch (error) {
    problems.push(unreadable(path, error))
  }
  return []
}

function readText(path: string): string {
  const { size } = statSync(path)
  if (size > largestFile)
    throw new Unreadable(`the file has ${size} bytes, more than 64 MiB`, 'split it into several files')
  const bytes = readFileSync(path)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Unreadable(`the file is not UTF-8${firstOddLine(bytes)}`, 'save it as UTF-8')
  }
  if (text.trim() === '')
    throw new Unreadable('the file is empty', 'write "listeners:", "routes:" and "clusters:"')
  return text
}

/** A file that is there and cannot be taken. */
class Unreadable extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.remedy = remedy
  }
}

function firstOddLine(bytes: Buffer): string {
  const index = bytes.toString('utf8').indexOf('\ufffd')
  if (index < 0) return ''
  const before = bytes.toString('utf8').slice(0, index)
  return ` in line ${before.split('\n').length}`
}

const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'create it, or name another path',
  EACCES: 'let the user of the gateway read it',
  ELOOP: 'remove the loop of symbolic links',
}

function unreadable(path: string, error: unknown): Problem {
  if (error instanceof Unreadable) return problem(path, error.message, error.remedy)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const why =
    code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission is denied' : String(error)
  return problem(path, `the file cannot be read: ${why}`, remedies[code] ?? 'see what the system says')
}

function problem(path: string, message: string, remedy: string): Problem {
  const origin: Origin = { source: 'file', file: path, line: 0, column: 0, field: '' }
  return { severity: 'error', origin, message, remedy }
}
