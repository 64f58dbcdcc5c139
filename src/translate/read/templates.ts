import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'

/** An item whose words were put into the syntax tree of another one of the same form. Good until the next is asked for. */
export interface FilledItem {
  /** The item's key in a map; `""` in a list. */
  readonly name: string
  readonly node: ParsedNode
  readonly document: Document.Parsed
  /** Where the node begins in the item's text. */
  readonly start: number
}

interface Template {
  readonly node: ParsedNode
  readonly document: Document.Parsed
  /** The scalars that each word fills: one, or none for a word in a comment. */
  readonly slots: readonly (Scalar | undefined)[]
}

/**
 * A word that means nothing to YAML, wherever it stands, and is text: it begins with a letter or a slash, or is an address with a
 * port. Not one before a colon, which is a key.
 */
const word =
  /(?<![A-Za-z0-9._/\-:])(?:[A-Za-z/][A-Za-z0-9._/-]*(?::\d{1,5})?|\d[A-Za-z0-9.]*:\d{1,5})(?![A-Za-z0-9._/\-:]| *:)/g
const special = /^(?:true|false|null)$/i
const mapKey = /^ *([A-Za-z][A-Za-z0-9._-]*):(?= )/
const listStart = /^ *- +(?=[^\s#])/

/** What could make the meaning of a word depend on what is around it: escapes, collections as keys, our own stand-ins. */
const unsafe = /\\|[\]}"'] *:|zq|^.{4096}/s

/** More forms than these are not forms. */
const mostTemplates = 500

/**
 * Reads items of long lists that differ in nothing but words: `- { hosts: [a.test], to: a }` and `- { hosts: [b.test], to: b }`.
 * The second is not parsed; its words are put into the tree of the first. Ten times faster, and never a guess: exchanging one such
 * word for another cannot change how YAML is read.
 */
export class Templates {
  readonly #byForm = new Map<string, Template | undefined>()

  /** The tree of an item; `undefined` when it has to be parsed. */
  fill(kind: 'list' | 'map', text: string): FilledItem | undefined {
    const head = (kind === 'list' ? listStart : mapKey).exec(text)
    if (head === null || unsafe.test(text)) return undefined
    const [prefix, name = ''] = head
    if (special.test(name)) return undefined
    const words: string[] = []
    const form = text.slice(prefix.length).replace(word, (found) => {
      if (special.test(found)) return found
      words.push(found)
      return `zq${words.length - 1}zq`
    })
    const template = this.#template(kind, prefix.length, form, words.length)
    if (template === undefined) return undefined
    for (const [index, scalar] of template.slots.entries()) {
      if (scalar === undefined) continue
      scalar.value = words[index]
      scalar.source = words[index] ?? ''
    }
    const start = kind === 'list' ? prefix.length : prefix.length - name.length - 1
    return { name, node: template.node, document: template.document, start }
  }

  #template(kind: 'list' | 'map', indent: number, form: string, count: number): Template | undefined {
    const key = `${kind}${indent} ${form}`
    if (this.#byForm.has(key)) return this.#byForm.get(key)
    if (this.#byForm.size >= mostTemplates) return undefined
    const template = parseTemplate(
      kind === 'list' ? `${' '.repeat(indent - 2)}- ${form}` : `zq:${form}`,
      count,
    )
    this.#byForm.set(key, template)
    return template
  }
}

/** A tree in which every stand-in is a whole scalar, in its place once. */
function parseTemplate(text: string, count: number): Template | undefined {
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
  const { contents, errors, warnings } = document
  const node = isSeq(contents) || isMap(contents) ? onlyItem(contents.items) : undefined
  if (node === undefined || errors.length > 0 || warnings.length > 0) return undefined
  const slots: (Scalar | undefined)[] = Array.from({ length: count }, () => undefined)
  let isWhole = true
  visit(node, (_, part) => {
    if (isAlias(part)) isWhole = false
    if (!isScalar(part) || !part.source?.includes('zq')) return
    const index = Number(/^zq(\d+)zq$/.exec(String(part.value))?.[1] ?? -1)
    if (index < 0 || slots[index] !== undefined) isWhole = false
    slots[index] = part
  })
  return isWhole ? { node, document, slots } : undefined
}

function onlyItem(items: readonly unknown[]): ParsedNode | undefined {
  const [item, second] = items as readonly (ParsedNode | { readonly value?: ParsedNode | null } | null)[]
  if (second !== undefined || item === undefined || item === null) return undefined
  if (isScalar(item) || isMap(item) || isSeq(item) || isAlias(item)) return item
  return item.value ?? undefined
}
