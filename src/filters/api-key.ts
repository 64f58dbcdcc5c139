import { hash } from 'node:crypto'
import { withoutField, withoutFields } from '../http/field-block.ts'
import { fromUtf8Bytes, queryValue, utf8Bytes } from '../http/query.ts'
import type { ApiKey, ApiKeyPlace } from '../model/filters/api-key.ts'
import type { Identity } from '../model/identity.ts'
import type { ApiKeyMaterial } from '../model/material.ts'
import type { LocalReply } from '../model/reply.ts'
import { schemeValue } from './credentials.ts'
import type { Filter, RequestDraft } from './filter.ts'
import { ownNamesOf } from './own-names.ts'
import type { FilterServices } from './services.ts'

/** Longer ones are not looked at. */
const longest = 4096

/** Whose key it is. */
interface Holder {
  readonly identity: Identity
  readonly headerValue: string
}

/**
 * Asks for one of some keys, and lets nobody pass without. What is looked up is the digest of what the client sent, so that the time it
 * takes says nothing of any key.
 *
 * May stand anywhere; behind `cors`. Costs a digest and a look-up. Buffers nothing. Answers 401, and 503 when the keys cannot be had.
 */
export function apiKey(spec: ApiKey, { materials }: Pick<FilterServices, 'materials'>): Filter {
  const { from, idHeader } = spec
  const material = spec.keys === undefined ? undefined : materials.apiKeys(spec.keys)
  const holders = material && holdersOf(material)
  const carrier = carrierOf(spec)
  const own = idHeader === undefined ? [] : ownNamesOf([idHeader])
  const take = takerOf(from)
  const missing = unauthorized(`no key in ${placeText(from)}`, from)
  const unknown = unauthorized(`the key in ${placeText(from)} is not known`, from)

  return {
    kind: 'apiKey',
    summary: summaryOf(spec),
    onRequest(request) {
      request.fields = withoutFields(request.fields, own)
      if (holders === undefined) return unavailable
      const key = take(request)
      if (key === undefined || key === '') return missing
      if (key.length > longest) return unknown
      const holder = holders.get(hash('sha256', Buffer.from(key, 'latin1')))
      if (holder === undefined) return unknown
      request.identity = holder.identity
      if (carrier !== undefined) request.fields = withoutField(request.fields, carrier)
      if (idHeader !== undefined) request.fields += `${idHeader}: ${holder.headerValue}\r\n`
      return undefined
    },
    onResponse: undefined,
    ownNames: own,
    foresee(request) {
      const key = take(request)
      return key === undefined || key === ''
        ? { kind: 'answers', reply: missing }
        : { kind: 'depends', on: 'looks the key up' }
    },
  }
}

/** The header that goes no further. */
function carrierOf({ from, key }: ApiKey): string | undefined {
  if (key === 'keep' || from.kind === 'query') return undefined
  return from.kind === 'bearer' ? 'authorization' : from.name
}

/** Where the key is, as bytes in latin1 text. Repeated header lines are joined by commas, and no key is. */
function takerOf(from: ApiKeyPlace): (request: RequestDraft) => string | undefined {
  switch (from.kind) {
    case 'header':
      return (request) => request.field(from.name)
    case 'bearer':
      return (request) => schemeValue(request.field('authorization') ?? '', 'bearer')
    case 'query': {
      const name = utf8Bytes(from.name)
      return (request) => queryValue(request.query, name)
    }
  }
}

const unavailable: LocalReply = Object.freeze({
  status: 503,
  reason: 'auth_unavailable',
  fields: 'retry-after: 1\r\n',
  body: undefined,
  detail: 'the keys of the route cannot be had',
})

/** RFC 9110 §15.5.2 asks for a challenge with every 401; for keys in other places there is no registered scheme. */
function unauthorized(detail: string, from: ApiKeyPlace): LocalReply {
  const scheme = from.kind === 'bearer' ? 'Bearer' : 'ApiKey'
  const fields = `www-authenticate: ${scheme}\r\n`
  return Object.freeze({ status: 401, reason: 'unauthorized', fields, body: undefined, detail })
}

const prepared = new WeakMap<ApiKeyMaterial, ReadonlyMap<string, Holder>>()

function holdersOf(material: ApiKeyMaterial): ReadonlyMap<string, Holder> {
  const known = prepared.get(material)
  if (known !== undefined) return known
  const holders = new Map(material.keys.map(([digest, id]) => [digest, holderOf(id)] as const))
  prepared.set(material, holders)
  return holders
}

function holderOf(id: string): Holder {
  const identity: Identity = Object.freeze({ by: 'apiKey', subject: id, claims: new Map() })
  return { identity, headerValue: utf8Bytes(id) }
}

function placeText(from: ApiKeyPlace): string {
  switch (from.kind) {
    case 'header':
      return `header ${from.name}`
    case 'bearer':
      return 'authorization: Bearer'
    case 'query':
      return `query ${fromUtf8Bytes(from.name)}`
  }
}

function summaryOf({ from, idHeader, key }: ApiKey): string {
  const parts = [`key in ${placeText(from)}`]
  if (idHeader !== undefined) parts.push(`tells the upstream by ${idHeader}`)
  if (key === 'keep' && from.kind !== 'query') parts.push('leaves the key')
  return parts.join(', ')
}
