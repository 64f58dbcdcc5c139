import type { Static } from 'typebox'
import { Flaw } from '../format/flaw.ts'
import { either, listOf, object, text, whole } from './build.ts'

const cluster = text('clusterName', { description: 'A cluster.' })

const weighted = object(
  'a weighted cluster',
  {
    cluster,
    weight: whole(0, 1_000_000, {
      default: 1,
      description: 'Its share, relative to the others; 0 takes nothing.',
    }),
  },
  { description: 'A cluster with its share.' },
)

const split = listOf(either([cluster, weighted], { description: 'A cluster, or one with its share.' }), {
  description: 'Several clusters by weight.',
  minItems: 1,
  check: (branches) =>
    branches.every((branch) => typeof branch !== 'string' && branch.weight === 0)
      ? {
          at: undefined,
          flaw: new Flaw(
            'sends nothing anywhere: every weight is 0',
            'give one cluster a weight of at least 1',
          ),
        }
      : undefined,
})

const fallbacks = object(
  'a list of fallbacks',
  {
    first: listOf(either([cluster, split], { description: 'A cluster, or several by weight.' }), {
      minItems: 1,
      description: 'The first that has an endpoint takes the request.',
    }),
  },
  { description: 'Clusters in order of preference.' },
)

/** Where something goes: the same for the requests of a route and the connections of a listener. */
export const targetSchema = either([cluster, split, fallbacks], {
  description: 'Where it goes: a cluster, several by weight, or several in order of preference.',
  examples: [
    'api',
    [
      { cluster: 'web-v1', weight: 90 },
      { cluster: 'web-v2', weight: 10 },
    ],
  ],
})

export type NativeTarget = Static<typeof targetSchema>
