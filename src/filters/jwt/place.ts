import { cookieValues } from '../../http/cookie.ts'
import { eachField, withField, withoutField } from '../../http/field-block.ts'
import { queryValues, utf8Bytes } from '../../http/query.ts'
import type { TokenPlace } from '../../model/filters/jwt.ts'
import type { RequestView } from '../../model/request-view.ts'

/** Finds the token of a request. */
export type FindToken = (request: RequestView) => string | undefined

/** Looks at the places in order; a field without a token, such as `authorization: Basic …`, is as good as none. What holds several is no token. */
export function findToken(places: readonly TokenPlace[]): FindToken {
  const finders = places.map(finder)
  const [only] = finders
  if (finders.length === 1 && only !== undefined) return only
  return (request) => {
    for (const find of finders) {
      const token = find(request)
      if (token !== undefined) return token
    }
    return undefined
  }
}

/** The header lines without the token, wherever it could have stood. Not in the query, which no configuration asks for. */
export function withoutToken(places: readonly TokenPlace[], fields: string): string {
  let kept = fields
  for (const place of places) {
    if (place.kind === 'header') kept = withoutField(kept, place.name)
    if (place.kind === 'cookie') kept = withoutCookie(kept, place.name)
  }
  return kept
}

function finder(place: TokenPlace): FindToken {
  const { kind, name } = place
  switch (kind) {
    case 'header': {
      const scheme = name === 'authorization' ? 'needed' : 'possible'
      return (request) => bearer(request.field(name), scheme)
    }
    case 'cookie':
      return (request) => {
        const field = request.field('cookie')
        return field === undefined ? undefined : only(cookieValues(field, name))
      }
    case 'query': {
      const bytes = utf8Bytes(name)
      return (request) => (request.query === '' ? undefined : only(queryValues(request.query, bytes)))
    }
  }
}

/** Of several tokens the upstream may take another than we would: together they are none that is good. */
function only(values: readonly string[]): string | undefined {
  return values.length < 2 ? values[0] : values.join(', ')
}

const scheme = 'bearer'
/** A token that some servers would find and we would not, such as one behind a tab or another scheme. */
const strayBearer = /(?:^|[,\t ])bearer[\t ]/i

/** RFC 6750 §2.1; the name of the scheme in any case (RFC 9110 §11.1). */
function bearer(value: string | undefined, need: 'needed' | 'possible'): string | undefined {
  if (value === undefined) return undefined
  const hasScheme =
    value.charCodeAt(scheme.length) === 32 && value.slice(0, scheme.length).toLowerCase() === scheme
  if (!hasScheme && need === 'needed') return strayBearer.test(value) ? value : undefined
  if (!hasScheme) return value === '' ? undefined : value
  let start = scheme.length + 1
  while (value.charCodeAt(start) === 32) start += 1
  return value.slice(start)
}

function withoutCookie(fields: string, name: string): string {
  let kept = ''
  let found = false
  eachField(fields, (field, value) => {
    if (field.toLowerCase() !== 'cookie') return
    for (const pair of value.split(';')) {
      const trimmed = pair.trim()
      if (trimmed.split('=', 1)[0]?.trimEnd() === name) found = true
      else if (trimmed !== '') kept += kept === '' ? trimmed : `; ${trimmed}`
    }
  })
  if (!found) return fields
  return kept === '' ? withoutField(fields, 'cookie') : withField(fields, 'cookie', kept)
}
