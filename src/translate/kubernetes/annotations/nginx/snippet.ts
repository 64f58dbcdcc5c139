import { Flaw } from '../../../format/flaw.ts'
import { listOf } from '../../../schema/build.ts'
import { filterSchema } from '../../../schema/filter.ts'
import { readText } from '../read-text.ts'
import { location } from './redirects.ts'

/** What a text of nginx says, as far as we have filters for it. The text itself is never run. */
export interface Snippet {
  /** A value for `tidegate.dev/filters`; `undefined` when nothing of the text has an equivalent. */
  readonly filters: string | undefined
  /** Directives without one, each once. */
  readonly others: readonly string[]
  /** It keeps somebody out: it denies, asks for a name, or answers with an error. */
  readonly protects: boolean
}

/** Directives that a snippet keeps somebody out with. Programs and other files may do so, and nobody knows. */
const protecting =
  /^(?:deny|allow|satisfy|limit_except|auth_\w+|access_by_\w+|(?:server_)?(?:rewrite|content)_by_\w+|js_(?:access|content)|perl|include|modsecurity\w*|ssl_verify_\w+|secure_link\w*|valid_referers|internal)$/

/** Longer texts are looked through for what protects, and not translated. */
const longest = 8192

/** Looks through a text of nginx. */
export function readSnippet(text: string): Snippet {
  const directives = split(text.slice(0, longest))
  const filters: unknown[] = []
  const others = new Set<string>()
  for (const directive of directives) {
    const filter = directive.isPlain ? filterOf(directive.words) : undefined
    if (filter === undefined) others.add(directive.words[0] ?? '')
    else filters.push(filter)
  }
  const value = JSON.stringify(filters)
  const isUsable = filters.length > 0 && readText('filters', filtersSchema, value).kind === 'value'
  const protects = text.length > longest || directives.some(isProtecting)
  return { filters: isUsable ? value : undefined, others: [...others].filter(Boolean), protects }
}

const filtersSchema = listOf(filterSchema, { description: 'Filters.' })

function isProtecting({ words }: Directive): boolean {
  const [name = '', status = ''] = words
  return protecting.test(name) || (name === 'return' && /^[45]\d\d$/.test(status))
}

interface Directive {
  readonly words: readonly string[]
  /** It stands alone: not in a block, and it opens none. */
  readonly isPlain: boolean
}

const token =
  /#[^\n]*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([;{}])|((?:[^\s;{}"'#\\]|\\.)(?:[^\s;{}"'\\]|\\.)*)/g

/** Directives in the order written, blocks taken apart. */
function split(text: string): readonly Directive[] {
  const directives: Directive[] = []
  let words: string[] = []
  let depth = 0
  for (const [found, double, single, mark, plain] of text.matchAll(token)) {
    if (mark === undefined) {
      if (!found.startsWith('#')) words.push(double?.replaceAll('\\"', '"') ?? single ?? plain ?? '')
      continue
    }
    if (words.length > 0) directives.push({ words, isPlain: depth === 0 && mark === ';' })
    words = []
    if (mark === '{') depth += 1
    if (mark === '}') depth = Math.max(0, depth - 1)
  }
  if (words.length > 0) directives.push({ words, isPlain: depth === 0 })
  return directives
}

/** The filter that does the same; `undefined` when there is none, or when a variable of nginx stands in it. */
function filterOf([name = '', ...rest]: readonly string[]): unknown {
  const [first = '', second = ''] = rest
  switch (name) {
    case 'add_header':
      return isText(second) ? { responseHeaders: { add: { [first]: second } } } : undefined
    case 'proxy_set_header':
      if (second === '') return { requestHeaders: { remove: [first] } }
      return isText(second) ? { requestHeaders: { set: { [first]: second } } } : undefined
    case 'more_set_headers':
      return headerLines('responseHeaders', rest)
    case 'more_set_input_headers':
      return headerLines('requestHeaders', rest)
    case 'more_clear_headers':
    case 'proxy_hide_header':
      return rest.every(isName) ? { responseHeaders: { remove: rest } } : undefined
    case 'return':
      return answer(first, second)
    case 'rewrite':
      return rewrite(rest)
    default:
      return undefined
  }
}

function isText(value: string): boolean {
  return value !== '' && !value.includes('$')
}

function isName(value: string): boolean {
  return /^[A-Za-z0-9-]+$/.test(value)
}

/** `"x-a: b"`, as the module of headers writes them; options begin with a hyphen. */
function headerLines(kind: 'requestHeaders' | 'responseHeaders', lines: readonly string[]): unknown {
  const set: [string, string][] = []
  for (const line of lines) {
    const [, name = '', value = ''] = /^([A-Za-z0-9-]+): *(.*)$/.exec(line) ?? []
    if (name === '' || name.startsWith('-') || !isText(value)) return undefined
    set.push([name, value.trim()])
  }
  return set.length === 0 ? undefined : { [kind]: { set: Object.fromEntries(set) } }
}

/** A fixed answer or a redirect. */
function answer(status: string, text: string): unknown {
  const code = Number(status)
  if (/^30[12378]$/.test(status)) return redirect(code, text)
  if (!/^[245]\d\d$/.test(status) || text.includes('$')) return undefined
  return { respond: text === '' ? { status: code } : { status: code, body: text } }
}

function redirect(status: number, text: string): unknown {
  const url = text.replace(
    /^https?:\/\/\$host(?=[$/]|$)/,
    (found) => `${found.startsWith('https') ? 'https' : 'http'}://h`,
  )
  const target = location(url)
  if (target instanceof Flaw) return undefined
  const { scheme, host, port, path, query } = target
  return {
    redirect: {
      status,
      scheme,
      ...(url === text ? { host } : {}),
      ...(port === undefined ? {} : { port }),
      ...(path?.kind === 'full' ? { path: { full: path.value } } : {}),
      ...(query === 'drop' ? { query } : {}),
    },
  }
}

/**
 * `rewrite PATTERN PATH [permanent | redirect | last | break]`. A redirect answers every request here, and with nginx only those that
 * match, so it is the same only for a pattern that takes every path.
 */
function rewrite([pattern = '', replacement = '', flag = '']: readonly string[]): unknown {
  if (!replacement.startsWith('/') || /[?#]|\$(?![1-9])/.test(replacement)) return undefined
  const path = { regex: { pattern, replacement } }
  if (flag !== 'permanent' && flag !== 'redirect') return { rewrite: { path } }
  const isForAll = /^\^(?:\/?(?:\(\.\*\)|\.\*))?\$?$/.test(pattern)
  return isForAll ? { redirect: { status: flag === 'permanent' ? 301 : 302, path } } : undefined
}
