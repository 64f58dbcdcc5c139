import type { Static } from 'typebox'
import { Flaw } from '../../format/flaw.ts'
import type { Rate } from '../../format/rate.ts'
import { either, listOf, type Mismatch, object, optional, text, whole, word } from '../build.ts'
import { answered, leftOut, whom } from './limit-rule.ts'
import {
  type NativeOverrides,
  type OverriddenRule,
  overrideFlaw,
  overridesFlaw,
  overridesSchema,
  twinFlaws,
  usualBurst,
  writtenOverrides,
} from './rate-overrides.ts'

const mostRules = 16

const laterCost = object(
  'a cost that responses say',
  {
    responseHeader: text('editedResponseHeader', {
      description:
        'A header of the response with what the request costs in all, such as `12` or `0.5`. What that is above `first` is taken then, and decides nothing: those that come later find less, or wait until it is paid off.',
      examples: ['x-cost'],
    }),
    first: whole(1, 1_000_000, {
      default: 1,
      unit: 'requests',
      description:
        'For how many a request counts when it comes. It stays taken, also when the response says less, or nothing.',
    }),
    most: optional(
      whole(1, 1_000_000_000, {
        unit: 'requests',
        description:
          'What a response says above it counts as this, and so much can be owed at most. Without it, what the limit admits at once.',
      }),
    ),
    clients: word(['keep', 'remove'], {
      default: 'keep',
      description: 'Whether clients get the header.',
    }),
  },
  { description: 'The first cost, and what the response says.' },
)

const rule = object(
  'a rate limit',
  {
    name: optional(
      text('limitName', {
        description:
          'Routes whose rules have one name and say the same share their counts; on an Ingress, those of its namespace. Without it a rule counts for its route or its Ingress alone.',
        examples: ['login'],
      }),
    ),
    ...whom,
    rate: optional(
      text('rate', {
        description:
          'How many requests in which time, evenly: `100/s`, `600/m`, `20/10s`, `1000/h`, `5000/d`. A rule has it or `quota`.',
        examples: ['100/s'],
      }),
    ),
    quota: optional(
      text('quota', {
        description:
          'How many requests in a time of a minute or more, however unevenly they come: `500/h`, `10000/d`, `100000/30d`. Counted in a sliding window: what comes back does so little by little, not at midnight.',
        examples: ['10000/d'],
      }),
    ),
    burst: optional(
      whole(0, 1_000_000_000, {
        unit: 'requests',
        description:
          'How many may come at once beyond the even flow; 0 admits them one by one, from 200/s on as many as flow in 10 ms. Without it, what the rate gives in a second, at least 1. A quota has none.',
      }),
    ),
    overrides: optional(overridesSchema),
    cost: either([whole(1, 1_000_000, { description: 'The same for each.', unit: 'requests' }), laterCost], {
      default: 1,
      description: 'For how many a request counts.',
      examples: [5, { responseHeader: 'x-cost', most: 1000 }],
    }),
    onStoreError: word(['local', 'open', 'closed'], {
      default: 'local',
      description:
        'While a shared store does not answer: `local` counts in the process at its share of the rate, `open` admits everything, `closed` answers 503. Says nothing as long as there is no shared store.',
    }),
    ...answered,
    legacyHeaders: word(['on', 'off'], {
      default: 'off',
      description:
        'Whether `X-RateLimit-Limit`, `-Remaining` and `-Reset` (in seconds) stand beside them, of the rule that has least left.',
    }),
    ...leftOut,
  },
  { description: 'How often clients may ask.', check: checkRule },
)

interface WrittenRule extends Pick<OverriddenRule, 'key' | 'prefix'> {
  readonly burst?: number
  readonly cost: number | Static<typeof laterCost>
  readonly rate?: Rate
  readonly quota?: Rate
  readonly overrides?: NativeOverrides
}

function checkRule(rule: WrittenRule): Mismatch | undefined {
  return amountMismatch(rule) ?? overridesMismatch(rule)
}

/** Files are looked at when they are read. */
function overridesMismatch({ overrides, ...rule }: WrittenRule): Mismatch | undefined {
  if (overrides === undefined) return undefined
  const overridden = overriddenRule(rule)
  const all = overridesFlaw(overridden)
  if (all !== undefined) return { at: 'overrides', flaw: all }
  const twinFlaw = twinFlaws(overridden)
  for (const one of writtenOverrides(overrides)) {
    const flaw = overrideFlaw(one, overridden) ?? twinFlaw(one)
    if (flaw !== undefined)
      return { at: 'overrides', flaw: new Flaw(`are wrong: ${flaw.message}`, flaw.remedy) }
  }
  return undefined
}

/** What overrides of a rule have to fit. */
export function overriddenRule({ key, prefix, quota, cost }: Omit<WrittenRule, 'overrides'>): OverriddenRule {
  return { kind: quota === undefined ? 'rate' : 'quota', key, prefix, firstCost: firstCost(cost) }
}

function amountMismatch({ burst, cost, rate, quota }: WrittenRule): Mismatch | undefined {
  const first = firstCost(cost)
  if (quota !== undefined) {
    if (rate !== undefined)
      return { at: 'quota', flaw: new Flaw('stands beside "rate"', 'make it a rule of its own, in a list') }
    if (burst !== undefined)
      return {
        at: 'burst',
        flaw: new Flaw('says nothing of a quota, all of which may come at once', 'remove it'),
      }
    return first <= quota.rate ? undefined : { at: 'cost', flaw: new Flaw('is above the quota', 'lower it') }
  }
  if (rate === undefined)
    return {
      at: undefined,
      flaw: new Flaw('has no "rate"', 'add "rate", such as "100/s", or "quota", such as "10000/d"'),
    }
  const most = 1 + (burst ?? usualBurst(rate))
  if (first <= most) return undefined
  const flaw = new Flaw(
    `is never admitted: at most ${most} come at once`,
    `add "burst: ${first - 1}", or lower it`,
  )
  return { at: 'cost', flaw }
}

/** What a request takes when it comes. */
export function firstCost(cost: number | Static<typeof laterCost>): number {
  return typeof cost === 'number' ? cost : cost.first
}

/** One rule, or several that are one question. */
export const rateLimit = either(
  [
    rule,
    listOf(rule, {
      description: 'Several rules: all of them admit a request and count it, or none does.',
      minItems: 1,
      check: (rules) =>
        rules.length > mostRules
          ? { at: mostRules, flaw: new Flaw('is one rule too many', `write at most ${mostRules}`) }
          : undefined,
    }),
  ],
  {
    description: 'Answers 429 to those who ask too often. Neighbouring filters `rateLimit` are one question.',
    examples: [{ rate: '100/s' }, { key: { header: 'x-api-key' }, rate: '1000/h', burst: 50 }],
  },
)

export type NativeRateLimit = Static<typeof rateLimit>
export type NativeRateRule = Static<typeof rule>
export type NativeLaterCost = Static<typeof laterCost>
