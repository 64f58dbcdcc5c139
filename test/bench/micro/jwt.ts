/**
 * What a token costs, all in one run, in CPU time of all threads. Run: `node test/bench/micro/jwt.ts`.
 *
 * First the filter alone, against one bare `crypto.verify` of the same token and against `jose`; then a gateway in a process of its
 * own, which proxies to an origin: a route without the filter, with a token that it has seen before, with tokens it has not; and
 * one bare `crypto.verify` again, in a hook of an extension, over the same hook without it. In a loop a verify finds everything in
 * the caches of the processor, and nobody on the other core: amid traffic it costs half as much again.
 */
import { createPublicKey, verify } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { jwt } from '../../../src/filters/jwt/jwt.ts'
import { JwtRuntime } from '../../../src/filters/jwt/jwt-runtime.ts'
import { publicAlgorithms } from '../../../src/model/jwk-set.ts'
import { systemClock } from '../../../src/std/clock.ts'
import { GatewayProcess } from '../../support/gateway-process.ts'
import { claimsAt, issuerKey, jwkSetOf, tokenOf } from '../../support/jwt.ts'
import { load } from '../../support/load-client.ts'
import { Origin } from '../../support/origin.ts'
import { requestDraft } from '../../unit/filters/drafts.ts'

const rounds = 7
const perRound = 1_000

const key = issuerKey('ES256', 'one')
const set = jwkSetOf(key)
/** Of the size that an identity provider makes: some 800 characters. */
const claims = {
  scope: 'openid profile email',
  name: 'Ann Example',
  groups: ['staff', 'shop', 'ops'],
  pad: 'x'.repeat(240),
}
let made = 0

function newTokens(count: number): string[] {
  return Array.from({ length: count }, () =>
    tokenOf(key, claimsAt(Date.now(), { ...claims, jti: `id-${made++}` })),
  )
}

function newFilter() {
  const runtime = new JwtRuntime({
    clock: systemClock,
    random: Math.random,
    fetch: () => new Promise(() => {}),
    text: () => undefined,
    onFetched: () => {},
    onEvent: () => {},
  })
  return jwt(
    {
      issuers: ['https://issuer.test'],
      audiences: ['shop'],
      algorithms: publicAlgorithms,
      keys: { kind: 'set', text: set },
      from: [{ kind: 'header', name: 'authorization' }],
      claims: [],
      clockSkewMs: 30_000,
      token: 'required',
      expiry: 'required',
      forward: [['x-user', 'sub']],
      upstream: 'keep',
    },
    { clock: systemClock, jwt: runtime },
  )
}

/** CPU microseconds for each of what `run` does. */
async function cost(count: number, run: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** @returns microseconds of a bare verify. */
async function measureFilter(): Promise<number> {
  const publicKey = createPublicKey({ key: { ...key.jwk }, format: 'jwk' })
  const remote = createLocalJWKSet({ keys: [{ kty: 'EC', ...key.jwk }] })
  const filter = newFilter()
  const pass = (token: string): void => {
    const draft = Object.assign(requestDraft({ fields: `authorization: Bearer ${token}\r\n` }), {
      field: () => `Bearer ${token}`,
    })
    if (filter.onRequest?.(draft) !== undefined) throw new Error('refused')
  }
  const taken: Record<'bare' | 'fresh' | 'cached' | 'jose', number[]> = {
    bare: [],
    fresh: [],
    cached: [],
    jose: [],
  }
  for (let round = 0; round <= rounds; round += 1) {
    const tokens = newTokens(perRound)
    const parts = tokens.map((token) => {
      const dot = token.lastIndexOf('.')
      return [Buffer.from(token.slice(0, dot)), Buffer.from(token.slice(dot + 1), 'base64url')] as const
    })
    const bare = await cost(perRound, () => {
      for (const [signed, signature] of parts)
        if (!verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature))
          throw new Error('bad')
    })
    const fresh = await cost(perRound, () => tokens.forEach(pass))
    const cached = await cost(perRound * 20, () => {
      for (let i = 0; i < 20; i += 1) tokens.forEach(pass)
    })
    const jose = await cost(perRound, async () => {
      for (const token of tokens)
        await jwtVerify(token, remote, { issuer: 'https://issuer.test', audience: 'shop' })
    })
    // The first round compiles.
    if (round === 0) continue
    taken.bare.push(bare)
    taken.fresh.push(fresh)
    taken.cached.push(cached)
    taken.jose.push(jose)
  }
  const bare = median(taken.bare)
  print('one bare crypto.verify (ES256)', bare, bare)
  print('filter, token not seen before', median(taken.fresh), bare)
  print('filter, token seen before', median(taken.cached), bare)
  print('jose jwtVerify, for comparison', median(taken.jose), bare)
  return bare
}

function print(what: string, micros: number, base: number): void {
  console.log(`${what.padEnd(44)} ${micros.toFixed(2).padStart(9)} µs  × ${(micros / base).toFixed(3)}`)
}

function bareVerify(verifies: boolean) {
  const extension = join(import.meta.dirname, 'bare-verify.ts')
  return { extension, isolation: 'inline', options: { verifies } }
}

/** Nanoseconds that the threads of a process have run. */
function cpuOf(pid: number): number {
  let sum = 0
  for (const task of readdirSync(`/proc/${pid}/task`))
    sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0])
  return sum
}

async function measureGateway(bare: number): Promise<void> {
  await using origin = await Origin.start()
  const filter = { jwt: { issuer: 'https://issuer.test', audience: 'shop', jwks: { inline: set } } }
  await using gateway = await GatewayProcess.start(
    {
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      accessLog: { to: 'off' },
      routes: [
        { path: '/none', to: 'origin' },
        { path: '/jwt', filters: [filter], to: 'origin' },
        { path: '/hook', filters: [bareVerify(false)], to: 'origin' },
        { path: '/verify', filters: [bareVerify(true)], to: 'origin' },
      ],
      clusters: { origin: { endpoints: [origin.address] } },
    },
    { workers: 1 },
  )
  const port = gateway.port()
  const pid = gateway.child.pid ?? 0
  const total = 5_000
  const [seen = ''] = newTokens(1)
  const perRequest = async (path: string, tokenFor: (n: number) => string): Promise<number> => {
    const before = cpuOf(pid)
    const request = (n: number) =>
      `GET ${path} HTTP/1.1\r\nhost: a.test\r\nauthorization: Bearer ${tokenFor(n)}\r\n\r\n`
    const { answered } = await load({ port, connections: 8, total, request })
    if (answered !== total) throw new Error(`${answered} of ${total} requests were answered`)
    return (cpuOf(pid) - before) / 1000 / total
  }
  const taken: Record<'none' | 'cached' | 'fresh' | 'hook' | 'verify', number[]> = {
    none: [],
    cached: [],
    fresh: [],
    hook: [],
    verify: [],
  }
  for (let round = 0; round <= rounds; round += 1) {
    const tokens = newTokens(total)
    const none = await perRequest('/none', () => seen)
    const cached = await perRequest('/jwt', () => seen)
    const fresh = await perRequest('/jwt', (n) => tokens[n] ?? '')
    const hook = await perRequest('/hook', () => seen)
    const verify = await perRequest('/verify', () => seen)
    if (round === 0) continue
    taken.hook.push(hook)
    taken.verify.push(verify)
    taken.none.push(none)
    taken.cached.push(cached)
    taken.fresh.push(fresh)
  }
  const none = median(taken.none)
  print('gateway, no filter, per request', none, none)
  print('gateway, token seen before', median(taken.cached), none)
  const fresh = median(taken.fresh)
  print('gateway, token not seen before', fresh, none)
  const inPlace = median(taken.verify) - median(taken.hook)
  print('one crypto.verify in a hook of an extension', inPlace, bare)
  print('  what a new token adds, over one in a loop', fresh - none, bare)
  print('  what a new token adds, over one in a hook', fresh - none, inPlace)
}

const bare = await measureFilter()
console.log()
await measureGateway(bare)
