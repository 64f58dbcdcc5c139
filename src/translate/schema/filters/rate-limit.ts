import type { Static } from 'typebox'
import { Flaw } from '../../format/flaw.ts'
import { either, listOf, type Mismatch, object, optional, text, whole, word } from '../build.ts'
import { answered, leftOut, whom } from './limit-rule.ts'

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
    rate: text('rate', {
      description: 'How many requests in which time, evenly: `100/s`, `600/m`, `20/10s`, `1000/h`, `5000/d`.',
      examples: ['100/s'],
    }),
    burst: optional(
      whole(0, 1_000_000_000, {
        unit: 'requests',
        description:
          'How many may come at once beyond the even flow; 0 admits them one by one, from 200/s on as many as flow in 10 ms. Without it, what the rate gives in a second, at least 1.',
      }),
    ),
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

function checkRule({
  burst,
  cost,
  rate,
}: {
  burst?: number
  cost: number | Static<typeof laterCost>
  rate: { rate: number; per: number }
}) {
  const most = 1 + (burst ?? usualBurst(rate))
  const first = firstCost(cost)
  if (first <= most) return undefined
  const flaw = new Flaw(
    `is never admitted: at most ${most} come at once`,
    `add "burst: ${first - 1}", or lower it`,
  )
  return { at: 'cost', flaw } satisfies Mismatch
}

/** What a request takes when it comes. */
export function firstCost(cost: number | Static<typeof laterCost>): number {
  return typeof cost === 'number' ? cost : cost.first
}

/** What a rate gives in a second, at least one. */
export function usualBurst({ rate, per }: { readonly rate: number; readonly per: number }): number {
  return Math.max(1, Math.ceil((rate * 1000) / per))
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
