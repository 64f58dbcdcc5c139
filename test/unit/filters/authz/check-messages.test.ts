import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkRequests } from '../../../../src/filters/authz/check-request.ts'
import { readCheckResponse } from '../../../../src/filters/authz/check-response.ts'
import { checkRequestType, checkResponseType } from '../../../support/authz-server.ts'
import { seededRandom } from '../../../support/clusters.ts'
import { requestDraft } from '../drafts.ts'

const told = { told: 'all', toldBody: undefined, context: [] } as const

function encoded(response: object): Buffer {
  return Buffer.from(checkResponseType.encode(checkResponseType.fromObject(response)).finish())
}

function decoded(request: Buffer) {
  return checkRequestType.toObject(checkRequestType.decode(request), { longs: Number })['attributes']
}

describe('a CheckRequest', () => {
  test('is read by another library as it was meant', () => {
    const draft = requestDraft({
      path: '/a',
      query: 'b=c',
      clientAddress: '2001:db8::1',
      fields: 'X-Request-Id: 7\r\nx-a: \xc3\xa9\r\n',
      clientCertificate: {
        subject: 'CN=joe',
        commonName: 'joe',
        names: [
          { kind: 'DNS', value: 'joe.test' },
          { kind: 'URI', value: 'spiffe://test/joe' },
        ],
        fingerprint: '',
      },
      ends: () => ({
        source: { address: '2001:db8::1', port: 40_000 },
        destination: { address: '10.0.0.1', port: 443 },
      }),
    })

    const message = checkRequests(told)(draft, 1_700_000_000_250, undefined)

    assert.deepEqual(decoded(message), {
      source: {
        address: { socket_address: { address: '2001:db8::1', port_value: 40_000 } },
        principal: 'spiffe://test/joe',
      },
      destination: { address: { socket_address: { address: '10.0.0.1', port_value: 443 } } },
      request: {
        time: { seconds: 1_700_000_000, nanos: 250_000_000 },
        http: {
          id: '7',
          method: 'GET',
          path: '/a?b=c',
          host: 'a.test',
          scheme: 'http',
          size: -1,
          protocol: 'HTTP/1.1',
          headers: {
            'x-request-id': '7',
            'x-a': 'é',
            ':authority': 'a.test',
            ':method': 'GET',
            ':path': '/a?b=c',
            ':scheme': 'http',
          },
        },
      },
    })
  })

  for (const [names, principal] of [
    [[{ kind: 'DNS', value: 'joe.test' }], 'joe.test'],
    [[{ kind: 'email', value: 'joe@a.test' }], 'CN=joe'],
    [[], 'CN=joe'],
  ] as const) {
    test(`names ${principal} when there is no URI`, () => {
      const clientCertificate = { subject: 'CN=joe', commonName: 'joe', names, fingerprint: '' }
      const message = checkRequests(told)(requestDraft({ clientCertificate }), 0, undefined)

      assert.equal(decoded(message).source.principal, principal)
    })
  }

  test('claims no port of an address that a proxy told', () => {
    const ends = () => ({
      source: { address: '10.0.0.9', port: 1 },
      destination: { address: '10.0.0.1', port: 443 },
    })
    const message = checkRequests(told)(requestDraft({ clientAddress: '203.0.113.7', ends }), 0, undefined)

    assert.deepEqual(decoded(message).source.address.socket_address, { address: '203.0.113.7' })
  })
})

describe('a CheckResponse', () => {
  const whole = {
    status: { code: 7, message: 'no' },
    denied_response: {
      status: { code: 401 },
      headers: [{ header: { key: 'X-A', value: ' b ' }, append: { value: true } }],
      body: 'who?',
    },
  }

  test('is read as another library wrote it', () => {
    assert.deepEqual(readCheckResponse(encoded(whole)), {
      kind: 'denied',
      denied: { status: 401, headers: [{ name: 'x-a', value: 'b', how: 'append' }], body: 'who?' },
    })
  })

  test('that says nothing allows, as in Envoy', () => {
    assert.equal(readCheckResponse(Buffer.alloc(0)).kind, 'allowed')
  })

  for (const [what, message] of [
    ['status', Buffer.concat([encoded({ status: { code: 7 } }), encoded({ status: { code: 0 } })])],
    ['ok_response', Buffer.concat([encoded({ ok_response: {} }), encoded({ ok_response: {} })])],
  ] as const) {
    test(`with ${what} twice is none`, () => {
      assert.equal(readCheckResponse(message).kind, 'failed')
    })
  }

  test('that is cut off is never an allowance of a denial', () => {
    const message = encoded(whole)
    for (let end = 1; end < message.length; end++) {
      assert.notEqual(readCheckResponse(message.subarray(0, end)).kind, 'allowed', `${end} bytes`)
    }
  })

  test('of any bytes is read in the end, and what is allowed by it another library can read', () => {
    const random = seededRandom(1)
    const seeds = [
      encoded(whole),
      encoded({
        ok_response: {
          headers: [{ header: { key: 'x-a', value: 'b' }, append_action: 2 }],
          headers_to_remove: ['x-c'],
          query_parameters_to_set: [{ key: 'a', value: 'b' }],
        },
      }),
    ]
    const kinds = new Set<string>()
    for (let i = 0; i < 20_000; i++) {
      const bytes = Buffer.from(seeds[i % 2] ?? [])
      for (let n = random() * 4; n >= 0; n--) bytes[Math.floor(random() * bytes.length)] = random() * 256
      const cut = bytes.subarray(0, Math.floor(random() * 2 * bytes.length))
      const { kind } = readCheckResponse(cut)
      kinds.add(kind)
      if (kind !== 'failed') assert.doesNotThrow(() => checkResponseType.decode(cut))
    }

    assert.deepEqual([...kinds].toSorted(), ['allowed', 'denied', 'failed'])
  })
})
