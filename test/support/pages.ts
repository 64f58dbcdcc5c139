import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { root } from './source-files.ts'

/** A page that people read. */
export interface Page {
  /** Relative to the repository. */
  readonly path: string
  readonly text: string
  /** Text without code blocks and code spans. */
  readonly prose: string
}

export interface Link {
  /** As it is written. */
  readonly target: string
  /** The file it leads to, relative to the repository. */
  readonly file: string
  /** The heading it leads to; `""` for none. */
  readonly anchor: string
}

const codeBlock = /^```[^\n]*\n[\s\S]*?^```$/gm
const codeSpan = /`[^`\n]+`/g

/** Every page: those at the top, and those of `docs/` and `deploy/`. */
export function pages(): Page[] {
  const paths = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md'], { cwd: root }).sort()
  return paths.map(readPage)
}

export function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, text, prose: text.replaceAll(codeBlock, '') }
}

/** Links to files of the repository and to headings. */
export function linksOf({ path, prose }: Page): Link[] {
  const links: Link[] = []
  for (const [, target = ''] of prose.replaceAll(codeSpan, '').matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue
    const [file = '', anchor = ''] = target.split('#')
    links.push({ target, file: file === '' ? path : normalize(join(dirname(path), file)), anchor })
  }
  return links
}

/** The pages that one reaches from a page by following links. */
export function reachedFrom(start: string): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting = [start]
  for (const path of waiting) {
    if (reached.has(path) || !path.endsWith('.md') || !existsSync(join(root, path))) continue
    reached.add(path)
    waiting.push(...linksOf(readPage(path)).map(({ file }) => file))
  }
  return reached
}

/** What the headings of a page are reached by, as GitHub makes it: lower case, hyphens for spaces, no other signs. */
export function anchorsOf({ prose }: Page): string[] {
  const headings = [...prose.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  )
}

/** The fenced blocks of a language, with the line they begin in. */
export function blocksOf({ text }: Page, language: string): { line: number; text: string }[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')
  return [...text.matchAll(fence)].map((found) => ({
    line: text.slice(0, found.index).split('\n').length,
    text: found[1] ?? '',
  }))
}
