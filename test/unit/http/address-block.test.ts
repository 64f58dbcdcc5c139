import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressBlock } from '../../../src/http/address-block.ts'

describe('the block of an address', () => {
  const usual = { v4: 32, v6: 64 }
  for (const [address, lengths, block] of [
    ['203.0.113.7', usual, '203.0.113.7'],
    ['203.0.113.7', { v4: 24, v6: 64 }, '203.0.113.0/24'],
    ['255.255.255.255', { v4: 9, v6: 64 }, '255.128.0.0/9'],
    ['2001:db8::1', usual, '2001:db8:0:0/64'],
    ['2001:DB8:0:0::ffff', usual, '2001:db8:0:0/64'],
    ['2001:db8:0:0:1:2:3:4', usual, '2001:db8:0:0/64'],
    ['2001:db8:1:2::', { v4: 32, v6: 56 }, '2001:db8:1:0/56'],
    ['2001:db8::7', { v4: 32, v6: 128 }, '2001:db8:0:0:0:0:0:7/128'],
    ['::1', { v4: 32, v6: 128 }, '0:0:0:0:0:0:0:1/128'],
    ['fe80::1%eth0', usual, 'fe80:0:0:0/64'],
    ['::ffff:203.0.113.7', usual, '203.0.113.7'],
    ['::ffff:cb00:7107', usual, '203.0.113.7'],
    ['64:ff9b::203.0.113.7', { v4: 32, v6: 128 }, '64:ff9b:0:0:0:0:cb00:7107/128'],
    ['', usual, ''],
    ['no address', { v4: 24, v6: 64 }, 'no address'],
    ['1:2:3', usual, '1:2:3'],
    ['1::2::3', usual, '1::2::3'],
    ['1:2:3:4:5:6:7:8:9', usual, '1:2:3:4:5:6:7:8:9'],
    ['1:2:3:4:5:6:7:', usual, '1:2:3:4:5:6:7:'],
    ['12345::', usual, '12345::'],
  ] as const) {
    test(`of "${address}" with ${lengths.v4} and ${lengths.v6} bits is "${block}"`, () => {
      assert.equal(addressBlock(address, lengths), block)
    })
  }
})
