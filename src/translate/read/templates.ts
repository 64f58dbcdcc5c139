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
  readonly blanks: readonly Blank[]
}

/** A scalar with words to fill in: its value with a stand-in for each word. */
interface Blank {
  readonly scalar: Scalar
  readonly value: string
  readonly type: 'text' | 'number'
}

/**
 * A word that means nothing to YAML, wherever it stands: text that begins with a letter or a slash, an address with a port, or a
 * whole number. Not one before a colon, which is a key, and not a part of something longer.
 */
const word =
  /(?<![A-Za-z0-9._/\-:+])(?:[A-Za-z/][A-Za-z0-9._/-]*(?::\d{1,5})?|\d[A-Za-z0-9.]*:\d{1,5}|0|[1-9]\d{0,14})(?![A-Za-z0-9._/\-:]| *:)/g
const number = /^\d+$/
const special = /^(?:true|false|null)$/i
const mapKey = /^ *([A-Za-z][A-Za-z0-9._-]*):(?= )/
const listStart = /^ *- +(?=[^\s#])/

/** What could make the meaning of a word depend on what is around it: escapes, collections as keys, our own stand-ins. */
const unsafe = /\\|[\]}"'] *:|zq|9070|^.{4096}/s

/** `zq3zq` stands for the fourth word, `907000003` when it is a number. */
const standIn = /zq(\d+)zq|9070(\d{5})/g

/** More forms than these are not forms. */
const mostTemplates = 500

/**
 * Reads items of long lists that differ in nothing but words: `- { hosts: [a.test], to: a }` and `- { hosts: [b.test], to: b }`.
 * The second is not parsed; its words are put into the tree of the first. Many times faster, and never a guess: exchanging one
 * such word for another cannot change how YAML is read.
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
      const index = words.push(found) - 1
      return number.test(found) ? String(907_000_000 + index) : `zq${index}zq`
    })
    const template = this.#template(kind, prefix.length, form)
    if (template === undefined) return undefined
    for (const { scalar, value, type } of template.blanks) {
      const filled = value.replace(
        standIn,
        (_, text?: string, digits?: string) => words[Number(text ?? digits)] ?? '',
      )
      scalar.value = type === 'number' ? Number(filled) : filled
      scalar.source = filled
    }
    const start = kind === 'list' ? prefix.length : prefix.length - name.length - 1
    return { name, node: template.node, document: template.document, start }
  }

  #template(kind: 'list' | 'map', indent: number, form: string): Template | undefined {
    const key = `${kind}${indent} ${form}`
    if (this.#byForm.has(key)) return this.#byForm.get(key)
    if (this.#byForm.size >= mostTemplates) return undefined
    const template = parseTemplate(kind === 'list' ? `${' '.repeat(indent - 2)}- ${form}` : `zq:${form}`)
    this.#byForm.set(key, template)
    return template
  }
}

function parseTemplate(text: string): Template | undefined {
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
  const { contents, errors, warnings } = document
  const node = isSeq(contents) || isMap(contents) ? onlyItem(contents.items) : undefined
  if (node === undefined || errors.length > 0 || warnings.length > 0) return undefined
  const blanks: Blank[] = []
  let hasAlias = false
  visit(node, (_, part) => {
    if (isAlias(part)) hasAlias = true
    if (!isScalar(part)) return
    const value = String(part.value)
    const type = typeof part.value === 'number' ? 'number' : 'text'
    if (value.search(standIn) >= 0) blanks.push({ scalar: part, value, type })
  })
  return hasAlias ? undefined : { node, document, blanks }
}

function onlyItem(items: readonly unknown[]): ParsedNode | undefined {
  const [item, second] = items as readonly (ParsedNode | { readonly value?: ParsedNode | null } | null)[]
  if (second !== undefined || item === undefined || item === null) return undefined
  if (isScalar(item) || isMap(item) || isSeq(item) || isAlias(item)) return item
  return item.value ?? undefined
}
