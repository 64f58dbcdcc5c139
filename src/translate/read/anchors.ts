import { type Document, isAlias, isNode, type ParsedNode, visit } from 'yaml'

/** Values that aliases may stand for in one file; a bomb of nested aliases stands for billions. */
const mostExpanded = 100_000

/** The anchors of a document, for its aliases; looked up once there is an alias. */
export class Anchors {
  readonly #document: Document.Parsed
  #byName: Map<string, ParsedNode[]> | undefined
  #expanded = 0

  constructor(document: Document.Parsed) {
    this.#document = document
  }

  /** The node that the last anchor of this name before `offset` marks; `undefined` too when the alias is inside of it. */
  find(name: string, offset: number): ParsedNode | undefined {
    const before = this.#anchored(name).filter((node) => node.range[0] < offset)
    const node = before.at(-1)
    return node !== undefined && node.range[1] > offset ? undefined : node
  }

  /** Counts a value read through an alias; `false` once there are too many. */
  count(): boolean {
    this.#expanded += 1
    return this.#expanded <= mostExpanded
  }

  #anchored(name: string): readonly ParsedNode[] {
    const byName = (this.#byName ??= collect(this.#document))
    return byName.get(name) ?? []
  }
}

/** Anchored nodes by the name of their anchor, in the order of the text. */
function collect(document: Document.Parsed): Map<string, ParsedNode[]> {
  const byName = new Map<string, ParsedNode[]>()
  visit(document, {
    Node(_, node) {
      if (!isNode(node) || isAlias(node) || node.anchor === undefined) return
      const known = byName.get(node.anchor)
      if (known === undefined) byName.set(node.anchor, [node as ParsedNode])
      else known.push(node as ParsedNode)
    },
  })
  return byName
}
