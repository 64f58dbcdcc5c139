/** A long top-level list or map of a file, cut into its items by indentation alone. */
export interface SplitSection {
  readonly key: string
  readonly kind: 'list' | 'map'
  /** From the line behind the key to the end of the last item. */
  readonly start: number
  readonly end: number
  /** Where items start; each ends where the next one does. */
  readonly items: readonly number[]
}

/** Shorter lists are not worth it. */
const fewestItems = 200

/**
 * Finds the long lists and maps of a file without parsing it, so that their items can be parsed one by one: the parser's tree of
 * a whole large file costs more in memory and garbage collection than everything else together.
 *
 * Only a guess, and made so that a wrong one is noticed: whoever parses the items checks that each text holds exactly one. Gives
 * none for files with anchors (which may be used anywhere), documents marks or directives.
 */
export function splitFile(text: string): readonly SplitSection[] {
  if (hasAnchor.test(text) || hasMark.test(text)) return []
  const sections: SplitSection[] = []
  for (const match of text.matchAll(topLevelKey)) {
    const section = readSection(text, match[1] ?? '', match.index + match[0].length)
    if (section !== undefined && section.items.length >= fewestItems) sections.push(section)
  }
  return sections
}

const hasAnchor = /(?:^|[\s[{,:-])&[^\s,[\]{}]/
const hasMark = /^(?:---|\.\.\.|%)/m
const topLevelKey = /^([A-Za-z]+):[ \t]*(?:#.*)?\r?\n/gm

function readSection(text: string, key: string, start: number): SplitSection | undefined {
  const items: number[] = []
  let kind: 'list' | 'map' | undefined
  let indent = 0
  let end = start
  for (let line = start; line < text.length; line = end) {
    const next = text.indexOf('\n', line)
    end = next < 0 ? text.length : next + 1
    const first = firstCharacter(text, line, end)
    if (first < 0 || text[first] === '#') continue
    const depth = first - line
    const isDash = text[first] === '-' && isBlank(text[first + 1])
    if (depth === 0 && !isDash) return finish(key, kind, start, line, items)
    if (kind === undefined) {
      kind = isDash ? 'list' : 'map'
      indent = depth
    }
    if (depth > indent) continue
    if (depth < indent || text[first] === '\t' || text[first] === '?') return undefined
    if (kind === 'list' && !isDash) return undefined
    if (kind === 'list' || !isDash) items.push(line)
  }
  return finish(key, kind, start, text.length, items)
}

function finish(
  key: string,
  kind: 'list' | 'map' | undefined,
  start: number,
  end: number,
  items: readonly number[],
): SplitSection | undefined {
  return kind === undefined ? undefined : { key, kind, start, end, items }
}

/** Offset of the first character of a line that is not a space; -1 when the line is blank. */
function firstCharacter(text: string, start: number, end: number): number {
  let offset = start
  while (offset < end && text.charCodeAt(offset) === 32) offset += 1
  const isEmpty = offset === end || text[offset] === '\n' || text[offset] === '\r'
  return isEmpty ? -1 : offset
}

function isBlank(character: string | undefined): boolean {
  return character === undefined || character === ' ' || character === '\n' || character === '\r'
}

/** A file without the bodies of its long sections, and where its offsets are in the file. */
export function skeletonOf(
  text: string,
  sections: readonly SplitSection[],
): { text: string; offsetOf: (offset: number) => number } {
  let skeleton = ''
  let from = 0
  const cuts: { readonly at: number; readonly length: number }[] = []
  for (const { start, end } of sections) {
    skeleton += text.slice(from, start)
    cuts.push({ at: skeleton.length, length: end - start })
    from = end
  }
  const offsetOf = (offset: number) =>
    cuts.reduce((sum, { at, length }) => (offset >= at ? sum + length : sum), offset)
  return { text: skeleton + text.slice(from), offsetOf }
}
