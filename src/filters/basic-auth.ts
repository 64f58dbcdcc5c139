import { withoutField, withoutFields } from '../http/field-block.ts'
import { fromUtf8Bytes, utf8Bytes } from '../http/query.ts'
import type { BasicAuth } from '../model/filters/basic-auth.ts'
import type { Identity } from '../model/identity.ts'
import type { UserMaterial } from '../model/material.ts'
import type { LocalReply } from '../model/reply.ts'
import { quoted } from '../std/quoted.ts'
import { readBasic } from './credentials.ts'
import type { Filter, LateReply, RequestDraft } from './filter.ts'
import { ownNamesOf } from './own-names.ts'
import type { CheckResult } from './passwords/password-checker.ts'
import type { FilterServices } from './services.ts'

/** A user who may come. */
interface User {
  readonly hash: string
  readonly identity: Identity
  /** The value of the header that tells the upstream. */
  readonly headerValue: string
}

/** The users of a material; shared by the routes that name it. */
interface Users {
  readonly byName: ReadonlyMap<string, User>
  /** Hashes that stand for those of users who are not known. */
  readonly hashes: readonly string[]
}

/**
 * Asks for a user and a password (RFC 7617), and lets nobody pass without.
 *
 * May stand anywhere; behind `cors`, whose preflights have no credentials. A request whose password is remembered costs a digest; any
 * other waits for the thread that checks hashes. Buffers nothing. Answers 401, 429 when a client has tried too often, 503 when too many
 * wait for the thread, and when the users cannot be had.
 */
export function basicAuth(
  spec: BasicAuth,
  services: Pick<FilterServices, 'materials' | 'passwords'>,
): Filter {
  const { materials, passwords } = services
  const material = spec.users === undefined ? undefined : materials.users(spec.users)
  const users = material && usersOf(material)
  const replies = repliesOf(spec)
  const own = spec.userHeader === undefined ? [] : ownNamesOf([spec.userHeader])

  return {
    kind: 'basicAuth',
    summary: summaryOf(spec),
    onRequest(request) {
      request.fields = withoutFields(request.fields, own)
      if (users === undefined) return replies.unavailable
      const authorization = request.field('authorization')
      if (authorization === undefined) return replies.asked
      const credentials = readBasic(authorization)
      if (credentials === undefined) return replies.malformed
      const { user: name, password } = credentials
      const user = users.byName.get(name)
      const hash = user?.hash ?? standIn(users.hashes, name)
      const result = passwords.check({
        users: spec.users ?? '',
        clientAddress: request.clientAddress,
        user: name,
        password,
        hash,
        isKnown: user !== undefined,
      })
      if (result instanceof Promise) return later(result, (found) => finish(found, user))
      if (result.kind !== 'right' || user === undefined) return refusal(result, user)
      admit(request, user)
      return undefined
    },
    onResponse: undefined,
    ownNames: own,
    foresee(request) {
      const authorization = request.field('authorization')
      if (authorization === undefined) return { kind: 'answers', reply: replies.asked }
      return readBasic(authorization) === undefined
        ? { kind: 'answers', reply: replies.malformed }
        : { kind: 'depends', on: 'looks whether the password is right' }
    },
  }

  function finish(result: CheckResult, user: User | undefined): LateReply {
    if (result.kind !== 'right' || user === undefined) return refusal(result, user)
    return (request) => {
      admit(request, user)
      return undefined
    }
  }

  function admit(request: RequestDraft, { identity, headerValue }: User): void {
    request.identity = identity
    if (spec.authorization === 'remove') request.fields = withoutField(request.fields, 'authorization')
    if (spec.userHeader !== undefined) request.fields += `${spec.userHeader}: ${headerValue}\r\n`
  }

  /** A user who is not known may be a password in the wrong place: it is not told. */
  function refusal(result: CheckResult, user: User | undefined): LocalReply {
    switch (result.kind) {
      case 'right':
      case 'wrong':
        return user === undefined
          ? replies.unknown
          : { ...replies.unknown, detail: `wrong password for user ${quoted(user.identity.subject)}` }
      case 'limited':
        return {
          ...replies.limited,
          fields: `retry-after: ${Math.ceil(result.waitMs / 1000)}\r\n`,
        }
      case 'busy':
        return replies.busy
      case 'broken':
        return replies.unavailable
    }
  }
}

async function later(
  result: Promise<CheckResult>,
  finish: (result: CheckResult) => LateReply,
): Promise<LateReply> {
  return finish(await result)
}

/** Made once for each filter. */
function repliesOf({ realm }: BasicAuth) {
  const unauthorized = (detail: string): LocalReply =>
    Object.freeze({ status: 401, reason: 'unauthorized', fields: challenge, body: undefined, detail })
  const challenge = `www-authenticate: Basic realm="${realm.replace(/["\\]/g, '\\$&')}", charset="UTF-8"\r\n`
  const unavailable = (reason: 'auth_unavailable' | 'auth_busy', detail: string): LocalReply =>
    Object.freeze({ status: 503, reason, fields: 'retry-after: 1\r\n', body: undefined, detail })
  return {
    asked: unauthorized('no credentials: the route asks for a user and a password'),
    malformed: unauthorized('the authorization header holds no user and password in base64 and UTF-8'),
    unknown: unauthorized('the user is not known'),
    limited: Object.freeze({
      status: 429,
      reason: 'too_many_attempts',
      fields: '',
      body: undefined,
      detail: 'the client has tried too many passwords',
    }) satisfies LocalReply,
    busy: unavailable('auth_busy', 'too many passwords wait to be checked'),
    unavailable: unavailable(
      'auth_unavailable',
      'the users of the route, or what checks passwords, cannot be had',
    ),
  }
}

const prepared = new WeakMap<UserMaterial, Users>()

function usersOf(material: UserMaterial): Users {
  const known = prepared.get(material)
  if (known !== undefined) return known
  const byName = new Map(material.users.map(([name, hash]) => [name, userOf(name, hash)] as const))
  const users = { byName, hashes: material.users.map(([, hash]) => hash) }
  prepared.set(material, users)
  return users
}

function userOf(name: string, hash: string): User {
  const identity: Identity = Object.freeze({ by: 'basicAuth', subject: name, claims: new Map() })
  return { hash, identity, headerValue: utf8Bytes(name) }
}

/** The same one for the same name each time, so that users who are not known differ from one another as those who are. */
function standIn(hashes: readonly string[], name: string): string {
  let sum = 0
  for (let i = 0; i < name.length; i += 1) sum = (sum * 31 + name.charCodeAt(i)) >>> 0
  return hashes[sum % hashes.length] ?? ''
}

function summaryOf({ realm, authorization, userHeader }: BasicAuth): string {
  const parts = [`user and password for realm ${quoted(fromUtf8Bytes(realm))}`]
  if (userHeader !== undefined) parts.push(`tells the upstream by ${userHeader}`)
  if (authorization === 'keep') parts.push('leaves authorization')
  return parts.join(', ')
}
