import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../source-files.ts'

const pages = [
  ['docs/reference/annotations.md', 'tidegate.dev/'],
  ['docs/reference/ingress-nginx.md', 'nginx.ingress.kubernetes.io/'],
] as const

/** The full names of all annotations that the reference knows, and of a few that nobody does. */
export function annotationNames(): readonly string[] {
  const known = pages.flatMap(([page, prefix]) => {
    const text = readFileSync(join(root, page), 'utf8')
    return [...text.matchAll(/^\| `([a-z0-9.-]+)` \|/gm)].map(([, name]) => prefix + name)
  })
  return [
    ...known,
    'tidegate.dev/no-such-thing',
    'nginx.ingress.kubernetes.io/__proto__',
    'tidegate.dev/constructor',
  ]
}
