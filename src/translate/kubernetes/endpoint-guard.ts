import { type CidrSet, parseCidrs } from '../../http/cidr.ts'
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

/** Why nothing may be sent to an address; `undefined` when it may. */
export function addressRefusal(address: string, port: number, rules: GuardRules): string | undefined {
  if (rules.allowed.has(address)) return undefined
  const block = blocks.find(([, set]) => set.has(address))
  if (block !== undefined) return block[0]
  if (rules.own.ports.has(port) && rules.own.addresses.has(address)) return 'it is our own admin interface'
  return rules.forbidden.reason(address)
}
