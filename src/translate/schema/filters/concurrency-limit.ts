import type { Static } from 'typebox'
import { object, optional, text, whole, word } from '../build.ts'
import { answered, leftOut, whom } from './limit-rule.ts'

export const concurrencyLimitSchema = object(
  'a limit of concurrency',
  {
    name: optional(
      text('limitName', {
        description:
          'Routes whose rules have one name and the same key count together, however much each admits; on an Ingress, those of its namespace. Without it a rule counts for its route or its Ingress alone.',
        examples: ['reports'],
      }),
    ),
    ...whom,
    limit: whole(1, 1_000_000, {
      unit: 'requests',
      description:
        'How many requests may be in flight at a time. A request is, until its answer has been sent to the last byte; a websocket, until it is closed.',
    }),
    store: optional(
      word(['memory', 'redis'], {
        description:
          'Where requests are counted: `memory` for this gateway alone, all its workers together; `redis` for all replicas together. Without it, in Redis if there is one.',
      }),
    ),
    onStoreError: word(['local', 'open', 'closed'], {
      default: 'local',
      description:
        'While who counts does not answer: `local` counts in the process at its part of the limit, `open` admits everything, `closed` answers 503.',
    }),
    ...answered,
    ...leftOut,
  },
  {
    description:
      'Answers 429 to those who have too many requests in flight. Long ones count as long as they last.',
    examples: [{ limit: 10 }, { key: { header: 'x-api-key' }, limit: 50 }],
  },
)

export type NativeConcurrencyLimit = Static<typeof concurrencyLimitSchema>
