import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Import, type SourceFile, sourceFiles } from './support/source-files.ts'

/** Folder → floor, architecture §3. `main.ts` counts as a folder of its own. */
const floors: Readonly<Record<string, number>> = {
  std: 0,
  http: 0,
  names: 1,
  model: 2,
  routing: 3,
  translate: 3,
  upstream: 3,
  limits: 3,
  tls: 3,
  wire: 3,
  filters: 4,
  sources: 4,
  proxy: 5,
  control: 5,
  extend: 5,
  admin: 5,
  telemetry: 5,
  cli: 6,
  app: 6,
  'main.ts': 6,
}

/** Imports that the floors alone would refuse, and how. */
const exceptions: readonly { from: string; to: string; kind: 'type' | 'any' }[] = [
  { from: 'http', to: 'std', kind: 'any' },
  { from: 'sources', to: 'translate', kind: 'type' },
]

const pure = new Set(['names', 'http', 'model', 'routing', 'translate', 'wire'])
/** What pure folders may take from Node: no sockets, files, clock, randomness or process. */
const pureNode: Readonly<Record<string, readonly string[]>> = {
  'node:buffer': ['Buffer', 'isUtf8', 'isAscii'],
  'node:crypto': ['createHash', 'hash'],
  'node:net': ['isIP', 'isIPv4', 'isIPv6'],
  'node:path': ['posix'],
  'node:path/posix': ['basename', 'dirname', 'join', 'normalize'],
  'node:url': ['domainToASCII'],
  'node:util': ['inspect'],
}

/** Each with the folders that may use it. */
const banned: readonly { name: RegExp; shown: string; allowed: readonly string[] }[] = [
  { name: /\bDate\.now\b|\bnew Date\(\)/, shown: 'Date.now', allowed: ['app', 'std'] },
  { name: /\bMath\.random\b/, shown: 'Math.random', allowed: ['app', 'std'] },
  { name: /\bprocess\.env\b/, shown: 'process.env', allowed: ['app', 'std'] },
  { name: /\bconsole\./, shown: 'console', allowed: ['app', 'std'] },
]

const files = sourceFiles('src')

function folderOf(path: string): string {
  return path.split('/')[1] ?? ''
}

function allowed(from: string, imported: Import): boolean {
  const to = folderOf(imported.from)
  if (from === to) return true
  if (
    exceptions.some((e) => e.from === from && e.to === to && (e.kind === 'any' || imported.kind === 'type'))
  )
    return true
  const here = floors[from]
  const there = floors[to]
  if (here === undefined || there === undefined) return false
  if (from === 'sources' && there > 2) return false
  if (here === there) return (here === 5 && imported.kind === 'type') || here === 6
  return there < here
}

function wrongFloors(file: SourceFile): string[] {
  const from = folderOf(file.path)
  return file.imports
    .filter((imported) => imported.from.startsWith('src/') && !allowed(from, imported))
    .map((imported) => `${file.path} imports ${imported.from} (${imported.kind})`)
}

function impureImports(file: SourceFile): string[] {
  return file.imports
    .filter((imported) => imported.from.startsWith('node:') && imported.kind === 'value')
    .filter(({ from, names }) => names.length === 0 || !names.every((name) => pureNode[from]?.includes(name)))
    .map(({ from, names }) => `${file.path} imports ${names.join(', ')} from ${from}`)
}

describe('the architecture', () => {
  test('gives every folder of src a floor', () => {
    const unknown = new Set(
      files.map((file) => folderOf(file.path)).filter((folder) => floors[folder] === undefined),
    )

    assert.deepEqual([...unknown], [])
  })

  test('lets a file import only from the floors below its own', () => {
    assert.deepEqual(files.flatMap(wrongFloors), [])
  })

  test('never lets src import from test', () => {
    const strays = files.filter((file) => file.imports.some((imported) => imported.from.startsWith('test/')))

    assert.deepEqual(
      strays.map((file) => file.path),
      [],
    )
  })

  test('keeps sockets, files, clock, randomness and process out of the pure folders', () => {
    assert.deepEqual(files.filter((file) => pure.has(folderOf(file.path))).flatMap(impureImports), [])
  })

  test('keeps timers and process out of the pure folders as globals too', () => {
    const globals =
      /(?<!ipaddr\.)\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|performance|process|fetch)\b\s*[.(]/
    const found = files.filter((file) => pure.has(folderOf(file.path)) && globals.test(file.code))

    assert.deepEqual(
      found.map((file) => file.path),
      [],
    )
  })

  for (const { name, shown, allowed: folders } of banned) {
    test(`uses ${shown} in ${folders.join(' and ')} alone`, () => {
      const found = files.filter((file) => !folders.includes(folderOf(file.path)) && name.test(file.code))

      assert.deepEqual(
        found.map((file) => file.path),
        [],
      )
    })
  }

  test('keeps every file of src within 300 lines', () => {
    assert.deepEqual(
      files.filter((file) => file.lines > 300).map((file) => `${file.path}: ${file.lines}`),
      [],
    )
  })

  test('has no default exports and no barrels', () => {
    const found = files.filter(
      (file) => /^export default\b/m.test(file.code) || file.path.endsWith('/index.ts'),
    )

    assert.deepEqual(
      found.map((file) => file.path),
      [],
    )
  })
})
