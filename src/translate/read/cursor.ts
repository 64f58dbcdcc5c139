import { type Document, isAlias, type ParsedNode, visit } from 'yaml'
import type { Origin } from '../../model/origin.ts'
import type { Problem } from '../../model/problem.ts'
import { printedSecret, type SecretSources } from '../../model/secret.ts'
import { isSecretName } from '../../model/secret-names.ts'
import { quoted } from '../../std/quoted.ts'
import { type Flaw } from '../format/flaw.ts'
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
  readonly #document: Document.Parsed
  readonly #path: (string | number)[]
  #expanded = 0
  #isAliased = false

  constructor(piece: Parsed, problems: Problem[], secrets: SecretSources) {
    this.#file = piece.file
    this.#offsetOf = piece.offsetOf
    this.#document = piece.document
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
    return isSecretName(text) || isSecretName(this.label)
      ? printedSecret
      : quoted(text.replace(/\s+/g, ' ').trim(), 60)
  }

  /** The node an alias stands for, the node itself otherwise; `undefined`, with a problem, when it stands for nothing usable. */
  resolve(node: ParsedNode): ParsedNode | undefined {
    if (this.#isAliased) this.#expanded += 1
    if (!isAlias(node)) return node
    this.#isAliased = true
    this.#expanded += 1
    if (this.#expanded > mostExpanded) {
      if (this.#expanded === mostExpanded + 1)
        this.refuse(
          node,
          `alias ${quoted(`*${node.source}`)} makes the file too large`,
          'write the values out',
        )
      return undefined
    }
    const target = anchored(this.#document, node.source, node.range?.[0] ?? 0)
    if (target === undefined)
      this.refuse(
        node,
        `alias ${quoted(`*${node.source}`)} has no anchor before it`,
        `write "&${node.source}" before the value it stands for`,
      )
    return target
  }
}

/** Values that aliases may stand for in one file; a bomb of nested aliases stands for billions. */
const mostExpanded = 10_000

/** The node that the last anchor of this name before `offset` marks; `undefined` too when the alias is inside of it. */
function anchored(document: Document.Parsed, name: string, offset: number): ParsedNode | undefined {
  let found: ParsedNode | undefined
  visit(document, {
    Node(_, node) {
      const [start, end] = node.range ?? [0, 0]
      if (start >= offset) return visit.SKIP
      if (!isAlias(node) && node.anchor === name) found = end > offset ? undefined : (node as ParsedNode)
      return undefined
    },
  })
  return found
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
