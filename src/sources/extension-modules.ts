import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createRequire, findPackageJSON } from 'node:module'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { quoted } from '../std/quoted.ts'
import type { ExtensionFile, MaterialFlaw, Read } from '../translate/material-source.ts'
import { flaw, flawed, read, readMaterial } from './material-text.ts'

/** More than that is an application, and what is beyond is not watched. */
const mostFiles = 500

/** What was found of a module, with every file that was looked at: a change of one of them may change it. */
export interface ExtensionReading {
  readonly result: Read<ExtensionFile>
  readonly files: readonly string[]
}

/**
 * Finds the module of an extension and takes the digest of it and of the files that it imports by path, as far as they can be seen in
 * the text. Of a package only its entry and its `package.json` count: another version changes that.
 *
 * @param name a path, or the name of a package, which is looked for from the folder and then from Tidegate.
 * @param folder of the configuration file.
 */
export function readExtension(name: string, folder: string): ExtensionReading {
  if (!/^(?:\.{0,2}\/|\.{1,2}$)/.test(name)) return readPackage(name, folder)
  const file = resolve(folder, name)
  const bytes = readMaterial(file)
  if (!Buffer.isBuffer(bytes)) return { result: flawed(bytes), files: [file] }
  if (!/^\.[cm]?[jt]s$/.test(extname(file)))
    return {
      result: flawed(flaw(file, 'is no module', 'name a file that ends in .ts, .mts, .js or .mjs')),
      files: [file],
    }
  const contents = reachable(file, bytes)
  return { result: read({ file, digest: digestOf(contents) }), files: [...contents.keys()] }
}

function readPackage(name: string, folder: string): ExtensionReading {
  for (const from of [resolve(folder), import.meta.dirname]) {
    const found = packageEntry(name, join(from, 'tidegate.js'))
    if (found === undefined) continue
    const contents = new Map(found.files.map((file) => [file, readMaterial(file)] as const))
    return { result: read({ file: found.entry, digest: digestOf(contents) }), files: found.files }
  }
  const missing: MaterialFlaw = {
    file: name,
    message: `package ${quoted(name)} is found neither from the folder of the configuration nor beside Tidegate`,
    remedy: `run "npm install ${name}" there, or write "./" in front for a file`,
  }
  return { result: flawed(missing), files: [] }
}

function packageEntry(
  name: string,
  from: string,
): { readonly entry: string; readonly files: readonly string[] } | undefined {
  const manifest = manifestOf(name, from)
  if (manifest === undefined) return undefined
  const entry = requiredEntry(name, from) ?? importedEntry(name, manifest)
  return entry === undefined ? undefined : { entry, files: [manifest, entry] }
}

function manifestOf(name: string, from: string): string | undefined {
  try {
    return findPackageJSON(name, pathToFileURL(from))
  } catch {
    return undefined
  }
}

function requiredEntry(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name)
  } catch {
    return undefined
  }
}

/** Of packages that can only be imported: what `exports` gives under the conditions `node`, `import` and `default`. */
function importedEntry(name: string, manifest: string): string | undefined {
  try {
    const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown }
    const subpath = name.split('/').slice(name.startsWith('@') ? 2 : 1)
    const target = chosen(isSubpaths(exports) ? exports[['.', ...subpath].join('/')] : exports)
    const entry = target === undefined ? undefined : join(dirname(manifest), target)
    return entry !== undefined && statSync(entry).isFile() ? entry : undefined
  } catch {
    return undefined
  }
}

function isSubpaths(exports: unknown): exports is Readonly<Record<string, unknown>> {
  return (
    typeof exports === 'object' && exports !== null && Object.keys(exports).some((key) => key.startsWith('.'))
  )
}

function chosen(target: unknown): string | undefined {
  if (typeof target === 'string') return target
  if (typeof target !== 'object' || target === null) return undefined
  const first = Object.entries(target).find(([key]) =>
    ['node', 'import', 'module-sync', 'default'].includes(key),
  )
  return chosen(first?.[1])
}

const imports = /(?:\bfrom|\bimport|\brequire|\bimport\s*\(|\brequire\s*\()\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g

/** What files hold, or why that cannot be read, by their paths. */
type Contents = Map<string, ReturnType<typeof readMaterial>>

/** The file, whose bytes these are, and what it imports by path, directly or not. */
function reachable(file: string, bytes: Buffer): Contents {
  const contents: Contents = new Map([[file, bytes]])
  for (const [one, content] of contents) {
    if (!Buffer.isBuffer(content)) continue
    for (const [, , specifier = ''] of content.toString('utf8').matchAll(imports)) {
      if (contents.size >= mostFiles) return contents
      const imported = existing(join(dirname(one), specifier.replace(/[?#].*$/, '')))
      if (!contents.has(imported)) contents.set(imported, readMaterial(imported))
    }
  }
  return contents
}

/** CommonJS may leave endings out. What is not there is watched all the same. */
function existing(path: string): string {
  const candidates = [path, `${path}.js`, `${path}.cjs`, `${path}.json`, join(path, 'index.js')]
  return candidates.find(isFile) ?? path
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function digestOf(contents: Contents): string {
  const hash = createHash('sha256')
  for (const [file, content] of contents) {
    const isRead = Buffer.isBuffer(content)
    hash.update(JSON.stringify([file, isRead ? content.length : content.message]))
    if (isRead) hash.update(content)
  }
  return hash.digest('base64url').slice(0, 16)
}
