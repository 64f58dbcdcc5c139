import { type Matcher, RE2JS, RE2JSException } from 're2js'

/** Longest pattern an operator may write, in characters (hardening table 1.7). */
export const maxPattern = 256

/**
 * Largest program a pattern may make, in instructions: a few milliseconds to compile. Counted repeats multiply: `(a{9}){9}` is 81.
 * Classes that are costly to build count as the instructions that take as long.
 */
export const maxProgram = 2000

/** Longest text compared; a longer one matches nothing, so that a rule fails closed. */
export const maxSubject = 8192

/** A regular expression that cannot be made to run long: RE2 syntax, time linear in the text, bounded size. */
export interface Regex {
  readonly pattern: string
  /** Whether the pattern matches the whole of `text`; false for a text above 8 KiB. */
  matches(text: string): boolean
  /** For finding matches inside a text. */
  matcher(text: string): Matcher
}

/**
 * Says why a pattern is not taken; `undefined` when it is. Never slow, whatever the pattern.
 * The message has the pattern's fault in it, without the place: `the pattern is 300 characters long; 256 are allowed`.
 */
export function regexProblem(pattern: string): string | undefined {
  const made = make(pattern)
  return typeof made === 'string' ? made : undefined
}

/**
 * Compiles a pattern.
 *
 * @throws {RangeError} with the message of `regexProblem` when that gives one.
 */
export function compileRegex(pattern: string): Regex {
  const made = make(pattern)
  if (typeof made === 'string') throw new RangeError(`${made}: "${pattern.slice(0, maxPattern)}"`)
  return {
    pattern,
    matches: (text) => text.length <= maxSubject && made.testExact(text),
    matcher: (text) => made.matcher(text),
  }
}

function make(pattern: string): RE2JS | string {
  if (pattern.length > maxPattern) {
    return `the pattern is ${pattern.length} characters long; ${maxPattern} are allowed`
  }
  const estimate = estimateProgram(pattern)
  if (estimate > maxProgram) return tooLarge(estimate)
  try {
    const compiled = RE2JS.compile(pattern)
    const size = compiled.programSize()
    return size > maxProgram ? tooLarge(size) : compiled
  } catch (error) {
    if (error instanceof RE2JSException) return `the pattern is not RE2 syntax: ${error.message}`
    throw error
  }
}

function tooLarge(size: number): string {
  return `the pattern makes a program of about ${size} steps; ${maxProgram} are allowed: use smaller repeats, such as {1,20}`
}

const atom =
  /\\Q|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|\[\^?\]?(?:\\.|\[:[^\]]*:\]|[^\]\\])*\]|[()]|\{(\d+)(?:(,)(\d*))?\}|[*+?|]|[\s\S]/gy

/**
 * About how many instructions a pattern compiles to, from its text alone, so that a bomb is refused before it is built:
 * one for an atom, times the repeats around it. Never less than a tenth of the truth; what does not parse is left to RE2.
 *
 * A class of characters is one instruction and may take milliseconds to build all the same: see `classCost`.
 */
export function estimateProgram(pattern: string): number {
  const folds = /\(\?[A-Za-z-]*i/.test(pattern)
  const open: number[] = []
  let group = 0
  let last = 0
  let classes = 0
  for (const [text, least, comma, most] of pattern.matchAll(atom)) {
    if (text === '(') {
      open.push(group)
      group = 0
      last = 0
    } else if (text === ')') {
      last = group + 2
      group = (open.pop() ?? 0) + last
    } else if (least !== undefined) {
      const times = repeats(Number(least), comma, most)
      group += last * (times - 1)
      last *= times
    } else {
      last = /^[*+?|]$/.test(text) ? last : 1
      group += 1
      classes += classCost(text, folds)
    }
  }
  return open.reduce((sum, size) => sum + size, group + classes)
}

/** Of a category such as `\pL`, which is hundreds of ranges; letters of both cases are added to each when case is ignored. */
const categoryCost = { plain: 30, folded: 100 }
/** When case is ignored, each character of a range is looked up: so many take as long as an instruction. */
const foldedPerStep = 20

/** What building a class counts as, once, however often it is repeated: measured, an instruction takes 2 to 4 µs. */
function classCost(text: string, folds: boolean): number {
  if (!text.startsWith('[') && !/^\\[pP]/.test(text)) return 0
  const categories = text.match(/\\[pP]/g)?.length ?? 0
  const wide = /[^\0-\x7f]|\\x/.test(text) ? categoryCost.plain : 0
  const ranges = folds && wide > 0 ? foldedRanges(text) : 0
  return categories * (folds ? categoryCost.folded : categoryCost.plain) + wide + ranges
}

const range = /(?<=(\\x\{[^}]*\}|\\x[^{].|[\s\S]))-(?=(\\x\{[^}]*\}|\\x..|[^\]]))/gu

function foldedRanges(text: string): number {
  let cost = 0
  for (const [, first = '', last = ''] of text.matchAll(range))
    cost += Math.max(0, codeOf(last) - codeOf(first)) / foldedPerStep
  return Math.ceil(cost)
}

function codeOf(text: string): number {
  const digits = /^\\x\{?([0-9A-Fa-f]+)/.exec(text)?.[1]
  return digits === undefined ? (text.codePointAt(0) ?? 0) : Number.parseInt(digits, 16)
}

function repeats(least: number, comma: string | undefined, most: string | undefined): number {
  if (comma === undefined) return Math.max(least, 1)
  return Math.max(most === undefined || most === '' ? least + 1 : Number(most), 1)
}
