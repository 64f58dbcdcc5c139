import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clientAddress, forwardedChain, forwardedElement, plainAddress } from '../../../src/http/forwarded.ts'

const peer = '10.0.0.9'

describe('clientAddress', () => {
  for (const [chain, hops, address] of [
    ['', 1, peer],
    ['1.1.1.1', 0, peer],
    ['1.1.1.1', 1, '1.1.1.1'],
    ['6.6.6.6, 1.1.1.1', 1, '1.1.1.1'],
    ['6.6.6.6,1.1.1.1 ,  10.0.0.2', 2, '1.1.1.1'],
    ['1.1.1.1', 2, peer],
    ['2001:DB8::0001', 1, '2001:db8::1'],
    ['::ffff:1.2.3.4', 1, '1.2.3.4'],
    ['garbage, 1.1.1.1', 1, '1.1.1.1'],
    ['1.1.1.1, garbage', 2, peer],
    ['unknown', 1, peer],
    ['for=_hidden', 1, peer],
    ['1.1.1.1:80', 1, '1.1.1.1'],
    ['6.6.6.6:1, [2001:db8::1]:80', 1, '2001:db8::1'],
    ['[::1]', 1, '::1'],
    ['1.1.1.1:', 1, peer],
    ['1.1.1.1:80:80', 1, peer],
    ['[1.1.1.1]:80', 1, peer],
    ['[::1', 1, peer],
    ['1.1.1', 1, peer],
    ['01.1.1.1', 1, peer],
    ['1.1.1.256', 1, peer],
    ['fe80::1%eth0', 1, peer],
    ['1.1.1.1,', 1, peer],
    [`${'1.1.1.1, '.repeat(99)}2.2.2.2`, 1, '2.2.2.2'],
    [`${'1.1.1.1, '.repeat(1000)}2.2.2.2`, 1, peer],
  ] as const) {
    test(`H03 of ${JSON.stringify(chain.slice(0, 40))} behind ${hops} hops is ${address}`, () => {
      assert.equal(clientAddress(chain, peer, hops), address)
    })
  }
})

describe('forwardedChain', () => {
  for (const [forwarded, chain] of [
    ['for=1.1.1.1', '1.1.1.1'],
    ['for=1.1.1.1;proto=http;by=2.2.2.2, for=3.3.3.3', '1.1.1.1, 3.3.3.3'],
    ['proto=https;For="[2001:db8::1]:443"', '2001:db8::1'],
    ['for=1.1.1.1:80', '1.1.1.1'],
    ['for="1.1.1.1:80"', '1.1.1.1'],
    ['for=_hidden, for=unknown', '_hidden, unknown'],
    ['by=1.1.1.1', 'unknown'],
    ['', 'unknown'],
  ] as const) {
    test(`makes ${chain} of ${forwarded}`, () => {
      assert.equal(forwardedChain(forwarded), chain)
    })
  }
})

describe('forwardedElement', () => {
  for (const [client, element] of [
    ['1.1.1.1', 'for=1.1.1.1;host="a.test:80";proto=http'],
    ['2001:db8::1', 'for="[2001:db8::1]";host="a.test:80";proto=http'],
    ['', 'for=unknown;host="a.test:80";proto=http'],
  ] as const) {
    test(`for ${JSON.stringify(client)}`, () => {
      assert.equal(forwardedElement(client, 'a.test:80', 'http'), element)
    })
  }
})

describe('plainAddress', () => {
  for (const text of [
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '0x7f.0.0.1',
    '1.2.3.4 ',
    ':',
    ':::',
    'g::',
    '1.2.3.4\n',
    '127.1',
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(plainAddress(text), undefined)
    })
  }
})
