/**
 * A field block is latin1 text of header lines, each `name: value\r\n`; `""` when there is none. The codec validated
 * every line, so the functions here only find and cut. Names are compared without regard to case.
 */

const colon = 58

/** Called with the name as it was sent and the value without the white space around it. */
export type FieldVisitor = (name: string, value: string) => void

/**
 * The value of a field; repeated lines are joined with `, ` (cookies with `; `), as RFC 9110 §5.3 and RFC 6265 §5.4 allow.
 *
 * @param lowerName in lower case.
 */
export function fieldValue(block: string, lowerName: string): string | undefined {
  let found: string | undefined
  let start = 0
  while (start < block.length) {
    const end = lineEnd(block, start)
    if (isNamed(block, start, lowerName)) {
      const value = trimmed(block, start + lowerName.length + 1, end)
      found = found === undefined ? value : found + (lowerName === 'cookie' ? '; ' : ', ') + value
    }
    start = end + 2
  }
  return found
}

/** Whether the block has a line of that name. */
export function hasField(block: string, lowerName: string): boolean {
  let start = 0
  while (start < block.length) {
    if (isNamed(block, start, lowerName)) return true
    start = lineEnd(block, start) + 2
  }
  return false
}

/** Visits every line in order. */
export function eachField(block: string, visit: FieldVisitor): void {
  let start = 0
  while (start < block.length) {
    const end = lineEnd(block, start)
    const nameEnd = block.indexOf(':', start)
    visit(block.slice(start, nameEnd), trimmed(block, nameEnd + 1, end))
    start = end + 2
  }
}

/** The block without the lines of that name; the same string when there is none. */
export function withoutField(block: string, lowerName: string): string {
  let out = ''
  let run = 0
  let start = 0
  while (start < block.length) {
    const next = lineEnd(block, start) + 2
    if (isNamed(block, start, lowerName)) {
      if (start > run) out += block.slice(run, start)
      run = next
    }
    start = next
  }
  return run === 0 ? block : out + block.slice(run)
}

/** The block without the lines of any of these names, in lower case; the same string when there is none. One pass for each name. */
export function withoutFields(block: string, lowerNames: readonly string[]): string {
  let kept = block
  for (const name of lowerNames) kept = withoutField(kept, name)
  return kept
}

/**
 * The block without the lines whose names begin so; the same string when there is none. A loop of its own, as with a function
 * passed in both take half as long again, and `withoutField` runs for every response.
 */
export function withoutFieldsFrom(block: string, lowerStart: string): string {
  let out = ''
  let run = 0
  let start = 0
  while (start < block.length) {
    const next = lineEnd(block, start) + 2
    if (beginsWith(block, start, lowerStart)) {
      if (start > run) out += block.slice(run, start)
      run = next
    }
    start = next
  }
  return run === 0 ? block : out + block.slice(run)
}

/** The block with exactly one line of that name, at the end; lines of that name it had are gone. */
export function withField(block: string, lowerName: string, value: string): string {
  return appendField(withoutField(block, lowerName), lowerName, value)
}

/** The block with one more line at its end. */
export function appendField(block: string, name: string, value: string): string {
  return `${block}${name}: ${value}\r\n`
}

/** Whether the line at `start` of `text` has that name: length first, then letters, so most lines cost two look-ups. */
export function isNamed(text: string, start: number, lowerName: string): boolean {
  const length = lowerName.length
  if (text.charCodeAt(start + length) !== colon) return false
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(start + i)
    const lower = code >= 65 && code <= 90 ? code + 32 : code
    if (lower !== lowerName.charCodeAt(i)) return false
  }
  return true
}

/** A loop of its own: `isNamed` runs for every line of every request, and is left alone. */
function beginsWith(text: string, start: number, lowerStart: string): boolean {
  for (let i = 0; i < lowerStart.length; i++) {
    const code = text.charCodeAt(start + i)
    const lower = code >= 65 && code <= 90 ? code + 32 : code
    if (lower !== lowerStart.charCodeAt(i)) return false
  }
  return true
}

/**
 * `text` from `start` to `end` without spaces and tabs at either side. No regular expression: `[ \t]+$` takes quadratic time
 * for blanks in the middle.
 */
export function trimmed(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** Index of the CR that ends the line; the end of the text when a caller left it out. */
function lineEnd(block: string, start: number): number {
  const end = block.indexOf('\r', start)
  return end < 0 ? block.length : end
}
