import { type Document, isAlias, type ParsedNode } from 'yaml'
import type { Origin } from '../../model/origin.ts'
import type { Problem } from '../../model/problem.ts'
import { printedSecret, type SecretSources } from '../../model/secret.ts'
import { holdsHash, isSecretName } from '../../model/secret-names.ts'
import { quoted } from '../../std/quoted.ts'
import { type Flaw } from '../format/flaw.ts'
import { Anchors } from './anchors.ts'
import type { FileText } from './file-text.ts'

/** A parsed document that is a file, or a piece of one. */
export interface Parsed {
  readonly file: FileText
  /** From an offset in the document to one in the file. */
  readonly offsetOf: (offset: number) => number
  readonly document: Document.Parsed
}

/** Where the reader is, and whom it tells about problems. One per piece of YAML. */
export class Cursor {
  readonly secrets: SecretSources
  readonly problems: Problem[]
  readonly #file: FileText
  /** From an offset in the document to one in the file. */
  readonly #offsetOf: (offset: number) => number
  readonly #anchors: Anchors
  readonly #path: (string | number)[]
  /** Aliases that what is read now is inside of. */
  #aliases = 0
  #isExhausted = false

  constructor(piece: Parsed, problems: Problem[], secrets: SecretSources) {
    this.#file = piece.file
    this.#offsetOf = piece.offsetOf
    this.#anchors = new Anchors(piece.document)
    this.problems = problems
    this.secrets = secrets
    this.#path = []
  }

  enter(step: string | number): void {
    this.#path.push(step)
  }

  leave(): void {
    this.#path.pop()
  }

  /** What is read now, by its nearest key: `hosts[0]`. */
  get label(): string {
    const start = this.#path.findLastIndex((step) => typeof step === 'string')
    return printPath(this.#path.slice(Math.max(0, start)))
  }

  /** Reports a mistake at a node: `message` follows the label. */
  refuse(node: ParsedNode | null | undefined, message: string, remedy: string): void {
    this.problems.push({ severity: 'error', origin: this.originOf(node), message, remedy })
  }

  /** Where a node stands in its file. */
  originOf(node: ParsedNode | null | undefined): Origin {
    return this.#file.originAt(this.#offsetOf(node?.range?.[0] ?? 0), printPath(this.#path))
  }

  /** Reports what a format found. */
  refuseValue(node: ParsedNode, value: string, flaw: Flaw): void {
    this.refuse(node, `${this.label} ${value} ${flaw.message}`, flaw.remedy)
  }

  /** How a node is written, for messages: one line, cut, and nothing of it when it may hold a secret. */
  excerpt(node: ParsedNode): string {
    const [start, end] = node.range
    const offset = this.#offsetOf(start)
    const text = this.#file.text.slice(offset, offset + Math.min(end - start, 400))
    return isSecretName(text) || isSecretName(this.label) || holdsHash(text)
      ? printedSecret
      : quoted(text.replace(/\s+/g, ' ').trim(), 60)
  }

  /** The node an alias stands for, the node itself otherwise; `undefined`, with a problem, when it stands for nothing usable. */
  resolve(node: ParsedNode): ParsedNode | undefined {
    if (!isAlias(node)) return node
    const shown = quoted(`*${node.source}`)
    const target = this.#anchors.find(node.source, node.range?.[0] ?? 0)
    if (target === undefined)
      this.refuse(
        node,
        `alias ${shown} has no anchor before it`,
        `write "&${node.source}" before the value it stands for`,
      )
    return target
  }

  /** Counts a value that is read; `false`, with a problem the first time, once aliases stand for too many. */
  isAffordable(node: ParsedNode): boolean {
    if (isAlias(node)) this.#aliases += 1
    if (this.#aliases === 0 || this.#anchors.count()) return true
    if (!this.#isExhausted)
      this.refuse(node, 'aliases make the file too large', 'write the values out, or fewer of them')
    this.#isExhausted = true
    return false
  }

  /** The value of an alias has been read. */
  leaveAlias(): void {
    this.#aliases -= 1
  }
}

/** `routes[3].to[1].cluster`. */
export function printPath(path: readonly (string | number)[]): string {
  let printed = ''
  for (const step of path) {
    if (typeof step === 'number') printed += `[${step}]`
    else printed += printed === '' ? step : `.${step}`
  }
  return printed
}
