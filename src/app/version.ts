import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { nodeWarning } from './node-version.ts'

export interface VersionFacts {
  readonly version: string
  /** Of the Node that runs us. */
  readonly node: string
  readonly platform: string
  /** A sentence when this Node lacks security fixes; `null` when all is well. */
  readonly warning: string | null
}

/** What runs here: `tidegate version`, `/api/version` and the first log line. */
export function versionFacts(): VersionFacts {
  const node = process.versions.node
  const platform = `${process.platform}-${process.arch}`
  return { version: packageVersion(), node, platform, warning: nodeWarning(node) ?? null }
}

/** `package.json` is two folders up from the sources, and three from what the compiler wrote to `dist`. */
function packageVersion(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const facts = readPackage(join(folder, 'package.json'))
    if (facts?.name === 'tidegate') return facts.version
  }
  return 'unknown'
}

function readPackage(path: string): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { name: string; version: string }
  } catch {
    return undefined
  }
}
