import { cookieValues } from '../../http/cookie.ts'
import { fieldValue } from '../../http/field-block.ts'
import type { VerdictKeyPart } from '../../model/filters/verdict-cache.ts'
import { requestUri } from '../auth-question.ts'
import type { RequestDraft } from '../filter.ts'
import { requestScheme } from '../request-scheme.ts'

/** What a verdict on a request is remembered by, in the clear; `undefined` when a part is missing or ambiguous. */
export type VerdictKey = (request: RequestDraft) => string | undefined

/** Compiles a key. Parts are told apart by their lengths, so that nobody can write one so that it looks like two. */
export function verdictKey(parts: readonly VerdictKeyPart[]): VerdictKey {
  const readers = parts.map(reader)
  return (request) => {
    let key = ''
    for (const read of readers) {
      const value = read(request)
      if (value === undefined || value === '') return undefined
      key += `${value.length}:${value},`
    }
    return key
  }
}

/** `header "authorization" and uri`: for operators. */
export function verdictKeyWords(parts: readonly VerdictKeyPart[]): string {
  return parts.map((part) => ('name' in part ? `${part.kind} "${part.name}"` : part.kind)).join(' and ')
}

function reader(part: VerdictKeyPart): VerdictKey {
  switch (part.kind) {
    case 'client-ip':
      return (request) => request.clientAddress
    case 'host':
      return (request) => request.host
    case 'method':
      return (request) => request.method
    case 'scheme':
      return requestScheme
    case 'path':
      return (request) => request.path
    case 'uri':
      return requestUri
    case 'header': {
      const { name } = part
      if (name === 'host') return (request) => request.authority
      return (request) => fieldValue(request.fields, name)
    }
    case 'cookie': {
      const { name } = part
      return (request) => onlyCookie(fieldValue(request.fields, 'cookie') ?? '', name)
    }
  }
}

/** Of two cookies with one name servers take the one or the other: a verdict on the one must not serve for the other. */
function onlyCookie(field: string, name: string): string | undefined {
  const found = cookieValues(field, name)
  return found.length === 1 ? found[0] : undefined
}
