import type { Branch, NameTree } from './name-tree.ts'

/** What was read, or what is wrong and where (an index into the text). */
export type ParsedNameTree<T> =
  | { readonly kind: 'parsed'; readonly tree: NameTree<T> }
  | { readonly kind: 'refused'; readonly message: string; readonly at: number }

/** Longest text and deepest nesting read: far above what people write, far below what hurts. */
const maxLength = 64 * 1024
const maxDepth = 100

const space = /[ \t\r\n]*/y
const word = /[A-Za-z0-9_:.#$%/-]+/y
const weightAhead = /((?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?)[ \t\r\n]*\*/y
const quoted = /"(?:[^"\\]|\\.)*"/y

/**
 * Reads a tree as `printNameTree` writes it: `0.9 * web-v1 & 0.1 * web-v2 | web-old`.
 *
 * A weight that is not written is 1. `|` binds loosest, then `&`; parentheses nest up to 100 deep.
 */
export function parseNameTree<T>(text: string, leafOf: (text: string) => T): ParsedNameTree<T> {
  if (text.length > maxLength) {
    return { kind: 'refused', message: `the name tree is longer than ${maxLength} characters`, at: maxLength }
  }
  const reader = new Reader(text, leafOf)
  try {
    const tree = reader.alt(0)
    reader.skipSpace()
    if (reader.at < text.length) throw new Refused(`unexpected "${text[reader.at]}"`, reader.at)
    return { kind: 'parsed', tree }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', message: error.message, at: error.at }
    throw error
  }
}

class Refused extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

class Reader<T> {
  at = 0
  readonly #text: string
  readonly #leafOf: (text: string) => T

  constructor(text: string, leafOf: (text: string) => T) {
    this.#text = text
    this.#leafOf = leafOf
  }

  alt(depth: number): NameTree<T> {
    const trees = [this.#union(depth)]
    while (this.#takes('|')) trees.push(this.#union(depth))
    return trees.length === 1 && trees[0] !== undefined ? trees[0] : { kind: 'alt', trees }
  }

  skipSpace(): void {
    this.#match(space)
  }

  #union(depth: number): NameTree<T> {
    const branches: Branch<T>[] = []
    let weighted = false
    do {
      this.skipSpace()
      const weight = this.#match(weightAhead)?.[1]
      if (weight !== undefined) weighted = true
      branches.push({ weight: weight === undefined ? 1 : Number(weight), tree: this.#simple(depth) })
    } while (this.#takes('&'))
    const [only] = branches
    return branches.length === 1 && !weighted && only !== undefined ? only.tree : { kind: 'union', branches }
  }

  #simple(depth: number): NameTree<T> {
    if (depth > maxDepth) throw new Refused(`more than ${maxDepth} parentheses inside each other`, this.at)
    if (this.#takes('(')) {
      const tree = this.alt(depth + 1)
      if (!this.#takes(')')) throw new Refused('a ")" is missing', this.at)
      return tree
    }
    if (this.#takes('!')) return { kind: 'fail' }
    if (this.#takes('~')) return { kind: 'neg' }
    const start = this.at
    const string = this.#match(quoted)?.[0]
    if (string !== undefined) return { kind: 'leaf', value: this.#leafOf(unquote(string, start)) }
    const text = this.#match(word)?.[0]
    if (text === undefined) throw new Refused('a name, "!", "~", "$" or "(" is missing', this.at)
    return text === '$' ? { kind: 'empty' } : { kind: 'leaf', value: this.#leafOf(text) }
  }

  #takes(character: string): boolean {
    this.skipSpace()
    if (this.#text[this.at] !== character) return false
    this.at += 1
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.#text)
    if (found === null) return undefined
    this.at = pattern.lastIndex
    return found
  }
}

function unquote(string: string, at: number): string {
  try {
    return String(JSON.parse(string))
  } catch {
    throw new Refused(`${string} is not a JSON string`, at)
  }
}
