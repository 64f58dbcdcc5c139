import { readdir, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { configNames } from './read-paths.ts'

/**
 * A text that changes when a file or folder changes: by content, replaced, removed, or reached through other links. What the
 * system tells without reading files: identity, size and times.
 */
export async function stampOf(path: string): Promise<string> {
  const own = await stampOfFile(path)
  if (!own.isFolder) return own.text
  const names = configNames(await readdir(path).catch(() => []))
  const stamps = await Promise.all(names.map((name) => stampOfFile(join(path, name))))
  return [own.identity, ...stamps.map(({ text }, index) => `${names[index]} ${text}`)].join('\n')
}

interface Stamp {
  readonly isFolder: boolean
  readonly identity: string
  readonly text: string
}

async function stampOfFile(path: string): Promise<Stamp> {
  try {
    const [real, found] = await Promise.all([realpath(path), stat(path, { bigint: true })])
    const identity = `${real} ${found.dev}:${found.ino}`
    return {
      isFolder: found.isDirectory(),
      identity,
      text: `${identity} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`,
    }
  } catch {
    return { isFolder: false, identity: '', text: 'absent' }
  }
}

/** Longer chains of links are loops. */
const mostLinks = 40

/**
 * The folders in which something can happen that changes what a path leads to: its own, and those of every link on the way.
 * Kubernetes mounts `a.yaml → ..data/a.yaml` and `..data → ..2026_11_20`, and swaps `..data`.
 */
export async function foldersOf(path: string): Promise<readonly string[]> {
  const folders = new Set<string>()
  let rest = resolve(path).split('/').filter(Boolean)
  let at = '/'
  for (let links = 0; rest.length > 0; ) {
    const [step = '', ...further] = rest
    rest = further
    const next = join(at, step)
    const target = links < mostLinks ? await readlink(next).catch(() => undefined) : undefined
    if (target === undefined) {
      at = next
      continue
    }
    links += 1
    folders.add(at)
    const full = resolve(at, target)
    rest = [...full.split('/').filter(Boolean), ...rest]
    at = '/'
  }
  folders.add(dirname(at))
  if (await isFolder(at)) folders.add(at)
  return [...folders]
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
