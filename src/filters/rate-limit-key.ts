import { addressBlock } from '../http/address-block.ts'
import { cookieValue } from '../http/cookie.ts'
import { fieldValue } from '../http/field-block.ts'
import { queryValue, utf8Bytes } from '../http/query.ts'
import type { KeyPart, LimitRule } from '../model/filters/limit-rule.ts'
import type { PathMatch } from '../model/match.ts'
import type { RequestDraft } from './filter.ts'

/** Whose share a request takes from; `undefined` when it lacks a part of the key and no share is meant for such. */
export type SubjectOf = (request: RequestDraft) => string | undefined

/**
 * Compiles the key of a rule. One part is taken as it is; several are told apart by their lengths, so that nobody can write one
 * part so that it looks like two. Limiters keep long subjects as their digests, so lengths need no bound here.
 *
 * @param told headers that filters in front set: of these it takes what they say, and never what the client sent.
 */
export function compileKey(
  { key, prefix, missing }: Pick<LimitRule, 'key' | 'prefix' | 'missing'>,
  match: PathMatch,
  told: ReadonlySet<string> = noNames,
): SubjectOf {
  const lacking = missing === 'shared' ? '' : undefined
  const readers = key.map((part) =>
    part.kind === 'header' && told.has(part.name) ? toldReader(part.name) : partReader(part, prefix, match),
  )
  const [only] = readers
  if (only === undefined) return () => ''
  if (readers.length === 1) {
    return (request) => {
      const value = only(request)
      return value === undefined || value === '' ? lacking : value
    }
  }
  return (request) => {
    let subject = ''
    for (const read of readers) {
      const value = read(request)
      if (value !== undefined && value !== '') subject += `${value.length}:${value},`
      else if (lacking === undefined) return undefined
      else subject += '-,'
    }
    return subject
  }
}

const noNames: ReadonlySet<string> = new Set()

function toldReader(name: string): SubjectOf {
  return (request) => fieldValue(request.fields, name)
}

/** `client-ip`, `client-ip+path`, `header`: fit for clients to see. */
export function keyText(key: readonly KeyPart[]): string {
  return key.length === 0 ? 'everyone' : key.map(({ kind }) => kind).join('+')
}

/** `each client-ip`, `each header "x-api-key" and path`, `everyone together`: for operators. */
export function keyWords(key: readonly KeyPart[]): string {
  if (key.length === 0) return 'everyone together'
  return `each ${key.map(partWords).join(' and ')}`
}

function partWords(part: KeyPart): string {
  return 'name' in part ? `${part.kind} ${JSON.stringify(part.name)}` : part.kind
}

function partReader(part: KeyPart, prefix: LimitRule['prefix'], match: PathMatch): SubjectOf {
  switch (part.kind) {
    case 'client-ip':
      return (request) => addressBlock(request.clientAddress, prefix)
    case 'host':
      return (request) => request.host
    case 'path': {
      const template = `${match.kind} ${match.value}`
      return () => template
    }
    case 'method':
      return (request) => request.method
    case 'identity':
      return (request) => request.identity?.subject
    case 'claim': {
      const { name } = part
      return (request) => claimText(request.identity?.claims.get(name))
    }
    case 'header': {
      const { name } = part
      return (request) => request.field(name)
    }
    case 'cookie': {
      const { name } = part
      return (request) => cookieValue(request.field('cookie') ?? '', name)
    }
    case 'query': {
      const name = utf8Bytes(part.name)
      return (request) => queryValue(request.query, name)
    }
  }
}

function claimText(claim: unknown): string | undefined {
  if (typeof claim === 'string') return claim
  return typeof claim === 'number' || typeof claim === 'boolean' ? String(claim) : undefined
}
