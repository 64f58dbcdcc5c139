import ipaddr from 'ipaddr.js'
import { type CidrSet, parseCidrs } from '../../http/cidr.ts'
import { isIp } from '../format/address.ts'
import type { ForbiddenAddresses } from './objects.ts'

/** Blocks that lead to ourselves or to the infrastructure, whoever asks: who may write EndpointSlices must not aim the gateway there. */
const reasons: readonly (readonly [why: string, blocks: readonly string[]])[] = [
  [
    'it gives out credentials of the machine',
    ['169.254.169.254/32', 'fd00:ec2::254/128', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'],
  ],
  ['it is a loopback address, which is the gateway itself', ['127.0.0.0/8', '::1/128']],
  ['it is a link-local address', ['169.254.0.0/16', 'fe80::/10']],
  ['it is no address of anybody', ['0.0.0.0/8', '::/128', '255.255.255.255/32']],
  [
    'it is IPv4 behind a translator, which may be any of these',
    ['64:ff9b::/96', '64:ff9b:1::/48', '::ffff:0:0:0/96', '2002::/16'],
  ],
  ['it is a multicast address', ['224.0.0.0/4', 'ff00::/8']],
]

/** All of them. */
export const refusedBlocks: readonly string[] = reasons.flatMap(([, blocks]) => blocks)

const blocks = reasons.map(([why, blocks]) => [why, parseCidrs(blocks)] as const)

/** What makes an address one that no endpoint may have. */
export interface GuardRules {
  /** Blocks that the operator allows all the same. */
  readonly allowed: CidrSet
  readonly forbidden: ForbiddenAddresses
  /** Addresses of this host, and ports of our admin interface: together they are refused. */
  readonly own: { readonly addresses: ReadonlySet<string>; readonly ports: ReadonlySet<number> }
}

/** An address as it was written, and as much about it as does not depend on the port. */
export interface JudgedAddress {
  /** Shortest form; IPv4 inside IPv6 is IPv4, so that no rule about addresses is passed by writing them otherwise. As written for what is no address. */
  readonly host: string
  readonly isIp: boolean
  /** Why nothing may be sent there; `undefined` when it may, on most ports. */
  readonly refusal: string | undefined
  readonly isAllowed: boolean
}

/** Judged once under the same rules: of the endpoints of a Service that changes, most are those that it had. */
const judged = new WeakMap<GuardRules, Map<string, JudgedAddress>>()
const mostJudged = 50_000

/** Judges an address. */
export function judgeAddress(address: string, rules: GuardRules): JudgedAddress {
  let known = judged.get(rules)
  if (known === undefined) {
    known = new Map()
    judged.set(rules, known)
  }
  const before = known.get(address)
  if (before !== undefined) return before
  const fresh = judge(address, rules)
  if (known.size >= mostJudged) known.clear()
  known.set(address, fresh)
  return fresh
}

function judge(address: string, { allowed, forbidden }: GuardRules): JudgedAddress {
  if (!isIp(address))
    return { host: address, isIp: false, refusal: 'it is not an IP address', isAllowed: false }
  const host = canonical(address)
  if (allowed.has(host)) return { host, isIp: true, refusal: undefined, isAllowed: true }
  const block = blocks.find(([, set]) => set.has(host))
  return { host, isIp: true, refusal: block?.[0] ?? forbidden.reason(host), isAllowed: false }
}

function canonical(address: string): string {
  const parsed = ipaddr.parse(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toRFC5952String()
}

/** Why nothing may be sent to an address; `undefined` when it may. */
export function addressRefusal(address: string, port: number, rules: GuardRules): string | undefined {
  const { host, refusal, isAllowed } = judgeAddress(address, rules)
  if (refusal !== undefined || isAllowed || !rules.own.ports.has(port)) return refusal
  return rules.own.addresses.has(host) ? 'it is our own admin interface' : undefined
}
