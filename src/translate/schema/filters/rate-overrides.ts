import { domainToASCII } from 'node:url'
import type { Static } from 'typebox'
import { addressBlock } from '../../../http/address-block.ts'
import { normaliseHost } from '../../../http/authority.ts'
import { quoted } from '../../../std/quoted.ts'
import { isIp } from '../../format/address.ts'
import { Flaw } from '../../format/flaw.ts'
import type { Rate } from '../../format/rate.ts'
import { either, mapOf, object, optional, text, whole } from '../build.ts'
import type { NativeKeyPart, NativeLimitKey } from './limit-rule.ts'

export const overridesSchema = either(
  [
    text('materialFile', {
      description:
        'A file with a line `NAME: RATE` or `NAME: RATE BURST` for each, read again when it changes; what stands behind `#` at the start of a line is a comment. Relative paths begin at the folder of the configuration file.',
    }),
    mapOf(
      'limits by name',
      'matchedValue',
      either(
        [
          text('rate', { description: 'The rate, or the quota of a rule with one.', examples: ['500/s'] }),
          object(
            'a limit of its own',
            {
              rate: text('rate', { description: 'The rate.' }),
              burst: optional(
                whole(0, 1_000_000_000, {
                  unit: 'requests',
                  description:
                    'As that of the rule. Without it, what the rate gives in a second, at least 1.',
                }),
              ),
            },
            { description: 'A rate and its burst.' },
          ),
        ],
        { description: 'What this one may.' },
      ),
      { description: 'Them by name.' },
    ),
  ],
  {
    description:
      'Those with a limit of their own: by the value that the key has for them, of a list of parts by that of its first. All others have the limit of the rule.',
    examples: [{ 'tenant-a': '500/s', 'tenant-b': { rate: '50/s', burst: 500 } }, 'limits/tenants.txt'],
  },
)

export type NativeOverrides = Static<typeof overridesSchema>

/** A limit of its own as it is written. */
export interface WrittenOverride {
  readonly name: string
  readonly rate: Rate
  readonly burst: number | undefined
}

/** What overrides have to fit. */
export interface OverriddenRule {
  readonly kind: 'rate' | 'quota'
  readonly key: NativeLimitKey
  readonly prefix: { readonly v4: number; readonly v6: number }
  /** What a request takes when it comes. */
  readonly firstCost: number
}

/** Those that a configuration holds itself. */
export function writtenOverrides(native: NativeOverrides): readonly WrittenOverride[] {
  if (typeof native === 'string') return []
  return native.map(([name, value]) =>
    'per' in value ? { name, rate: value, burst: undefined } : { name, rate: value.rate, burst: value.burst },
  )
}

/** What is wrong with all overrides of a rule; `undefined` when nothing is. */
export function overridesFlaw({ key }: OverriddenRule): Flaw | undefined {
  const first = firstPart(key)
  if (first === 'everyone')
    return new Flaw('are for nobody: "everyone" is counted together', 'write another "key"')
  return first === 'path'
    ? new Flaw('are for nobody: "path" is one for all requests', 'put another part of the key first')
    : undefined
}

/** What is wrong with one override; `undefined` when nothing is. */
export function overrideFlaw({ name, rate, burst }: WrittenOverride, rule: OverriddenRule): Flaw | undefined {
  const wrongName = nameFlaw(name, rule)
  if (wrongName !== undefined) return wrongName
  if (rule.kind === 'rate') {
    const most = 1 + (burst ?? usualBurst(rate))
    return rule.firstCost <= most
      ? undefined
      : tell(
          name,
          `admits ${most} at once, and a request counts for ${rule.firstCost}`,
          'give it a larger burst',
        )
  }
  if (burst !== undefined) return tell(name, 'has a burst, which a quota has not', 'leave it out')
  if (rate.per < 60_000) return tell(name, 'is over less than a minute', 'write a quota such as "20000/d"')
  return rule.firstCost <= rate.rate
    ? undefined
    : tell(name, `admits ${rate.rate}, and a request counts for ${rule.firstCost}`, 'give it more')
}

/** Looks at overrides of a rule, one after the other. @returns what is wrong with one that is for the same client as one before. */
export function twinFlaws(rule: OverriddenRule): (override: WrittenOverride) => Flaw | undefined {
  const found = new Map<string, string>()
  return ({ name }) => {
    const counted = countedName(name, rule)
    const before = found.get(counted)
    if (before === undefined) {
      found.set(counted, name)
      return undefined
    }
    const what = before === name ? 'stands there twice' : `is counted together with ${quoted(before)}`
    return tell(name, what, 'remove one of them')
  }
}

/** What a rate gives in a second, at least one. */
export function usualBurst({ rate, per }: Rate): number {
  return Math.max(1, Math.ceil((rate * 1000) / per))
}

function firstPart(key: NativeLimitKey): NativeKeyPart | 'everyone' | undefined {
  return isSeveral(key) ? key[0] : key
}

function isSeveral(key: NativeLimitKey): key is readonly NativeKeyPart[] {
  return Array.isArray(key)
}

function nameFlaw(name: string, { key, prefix }: OverriddenRule): Flaw | undefined {
  const first = firstPart(key)
  if (first === 'client-ip') return addressFlaw(name, prefix)
  return first === 'host' ? hostFlaw(name) : emptyFlaw(name)
}

function emptyFlaw(name: string): Flaw | undefined {
  return name === '' ? tell(name, 'names nobody', 'write the name of a client') : undefined
}

/** A host as requests have it: without a port or a last dot, as DNS spells it. */
function hostFlaw(name: string): Flaw | undefined {
  const host = normaliseHost(/[^ -~]/.test(name) ? domainToASCII(name) : name)
  if (host === name.toLowerCase()) return undefined
  const better = host === undefined ? 'one such as "shop.example.com"' : quoted(host)
  return tell(name, 'is no host as requests are counted by', `write ${better}`)
}

/** An address, or a block as large as those that are counted. */
function addressFlaw(name: string, { v4, v6 }: OverriddenRule['prefix']): Flaw | undefined {
  const [address = '', length, ...rest] = name.split('/')
  if (!isIp(address) || rest.length > 0)
    return tell(name, 'is no address of a client', 'write one such as "203.0.113.7"')
  const counted = address.includes(':') ? v6 : v4
  return length === undefined || length === String(counted)
    ? undefined
    : tell(name, `is another block than those that are counted, of ${counted} bits`, 'change it, or "prefix"')
}

/** The same for all names of one client. */
function countedName(name: string, { key, prefix }: OverriddenRule): string {
  const first = firstPart(key)
  if (first === 'client-ip') return addressBlock(name.split('/')[0] ?? '', prefix)
  return first === 'host' ? name.toLowerCase() : name
}

function tell(name: string, what: string, remedy: string): Flaw {
  return new Flaw(`${quoted(name)} ${what}`, remedy)
}
