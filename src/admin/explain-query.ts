import type { ExplainQuery } from './admin-deps.ts'
import type { ExplainBody, ExplainQueryString } from './schemas.ts'

/** A query as it was understood, or what is wrong with it. */
export type ReadQuery =
  | { readonly kind: 'query'; readonly query: ExplainQuery }
  | { readonly kind: 'refused'; readonly detail: string }

type Header = readonly [name: string, value: string]

const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/

export function readQueryString(sent: ExplainQueryString): ReadQuery {
  const lines = sent.header === undefined ? [] : [sent.header].flat()
  const headers = lines.map((line): Header => {
    const colon = line.indexOf(':')
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  return read(sent, headers)
}

export function readBody(sent: ExplainBody): ReadQuery {
  const headers = Object.entries(sent.headers ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value): Header => [name, value]),
  )
  return read(sent, headers)
}

function read(sent: Omit<ExplainBody, 'headers'>, sentHeaders: readonly Header[]): ReadQuery {
  const protocol = URL.parse(sent.url)?.protocol
  if (protocol !== 'http:' && protocol !== 'https:') {
    return refused(
      `url "${sent.url.slice(0, 80)}" is not an absolute http or https URL: write http://host/path`,
    )
  }
  const headers = sentHeaders.map(([name, value]): Header => [name.toLowerCase(), value])
  const bad = headers.find(([name, value]) => !fieldName.test(name) || /[\r\n\0]/.test(value))
  if (bad !== undefined) {
    return refused(`header "${bad[0].slice(0, 80)}" is not a header: write "name: value"`)
  }
  const { method = 'GET', url, from, listener } = sent
  return { kind: 'query', query: { method, url, headers, from, listener } }
}

function refused(detail: string): ReadQuery {
  return { kind: 'refused', detail }
}
