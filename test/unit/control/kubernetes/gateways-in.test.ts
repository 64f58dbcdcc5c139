import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gatewaysIn } from '../../../../src/control/kubernetes/gateways-in.ts'
import { readEndpointSlice } from '../../../../src/sources/kubernetes/read/endpoint-slice.ts'
import type { EndpointSliceObject } from '../../../../src/translate/kubernetes/objects.ts'
import { sliceJson } from '../../../support/kubernetes/api-objects.ts'

type Endpoints = readonly { readonly addresses: readonly string[]; readonly conditions?: object }[]

function sliceOf(addressType: string, endpoints: Endpoints): EndpointSliceObject {
  const read = readEndpointSlice({ ...sliceJson('edge-1', 'edge', []), addressType, endpoints })
  assert.equal(read.kind, 'read')
  return read.object
}

/** Endpoints with an address each, of which nothing else is said: they are ready. */
const at = (...addresses: readonly string[]): Endpoints =>
  addresses.map((address) => ({ addresses: [address] }))

describe('the gateways behind their own Service', () => {
  const cases: readonly (readonly [
    what: string,
    slices: readonly EndpointSliceObject[],
    number | undefined,
  ])[] = [
    ['are not known without a slice', [], undefined],
    ['are its ready endpoints', [sliceOf('IPv4', at('10.0.0.1', '10.0.0.2', '10.0.0.3'))], 3],
    ['are those of all slices', [sliceOf('IPv4', at('10.0.0.1')), sliceOf('IPv4', at('10.0.0.2'))], 2],
    [
      'are none that is not ready, or ends',
      [
        sliceOf('IPv4', [
          ...at('10.0.0.1', '10.0.0.2'),
          { addresses: ['10.0.0.3'], conditions: { ready: false } },
          { addresses: ['10.0.0.4'], conditions: { ready: false, serving: true, terminating: true } },
        ]),
      ],
      2,
    ],
    [
      'count once, in whichever slices they are',
      [sliceOf('IPv4', at('10.0.0.1', '10.0.0.2')), sliceOf('IPv4', at('10.0.0.2', '10.0.0.3'))],
      3,
    ],
    [
      'count once with two families, by the fuller one',
      [sliceOf('IPv4', at('10.0.0.1', '10.0.0.2')), sliceOf('IPv6', at('fd00::1', 'fd00::2', 'fd00::3'))],
      3,
    ],
    ['are at least one, for we are there', [sliceOf('IPv4', [])], 1],
  ]
  for (const [what, slices, count] of cases) {
    test(`${what}: ${count}`, () => {
      assert.equal(gatewaysIn(slices), count)
    })
  }
})
