import assert from 'node:assert/strict'
import { BlockList, isIPv4 } from 'node:net'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { isCidr, parseCidrs } from '../../../src/http/cidr.ts'

describe('a set of blocks', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['192.168.1.7', '192.168.1.7', true],
    ['192.168.1.7', '192.168.1.8', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '10.0.0.1', false],
    ['::/0', '::ffff:10.0.0.1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['0.0.0.0/0', '', false],
    ['0.0.0.0/0', 'unix', false],
    ['0.0.0.0/0', '1.2.3', false],
    ['0.0.0.0/0', '01.2.3.4', false],
    ['0.0.0.0/0', '0x7f.1', false],
    ['0.0.0.0/0', '1.2.3.4:80', false],
    ['0.0.0.0/0', '256.1.1.1', false],
  ]
  for (const [block, address, expected] of cases) {
    test(`${block} ${expected ? 'holds' : 'does not hold'} "${address}"`, () => {
      assert.equal(parseCidrs([block]).has(address), expected)
    })
  }

  test('holds nothing when it is empty', () => {
    assert.equal(parseCidrs([]).has('10.0.0.1'), false)
    assert.equal(parseCidrs([]).widest, 129)
  })

  test('knows its widest block, counted as IPv6', () => {
    assert.equal(parseCidrs(['10.0.0.0/8', '10.1.0.0/16']).widest, 104)
    assert.equal(parseCidrs(['2001:db8::/32', '10.0.0.0/8']).widest, 32)
  })
})

describe('text that is no block', () => {
  for (const text of [
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0/8',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '010.0.0.0/8',
    '::/129',
    '::ffff:10.0.0.0/95',
    'fe80::%eth0/64',
    ' 10.0.0.0/8',
    'localhost',
    ':::/0',
  ]) {
    test(`"${text}" is refused`, () => {
      assert.equal(isCidr(text), false)
      assert.throws(() => parseCidrs(['10.0.0.0/8', text]), RangeError)
    })
  }
})

describe('any set of blocks', () => {
  const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
  const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }))
  /** Few bits, so that addresses fall into blocks; no IPv4 inside IPv6, which the judge reads in its own way. */
  const near = fc
    .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 255 }))
    .map(([a, b]) => `10.0.${a}.${b}`)
  const plain6 = v6.filter(([address]) => !/^(?:0*:)*:?ffff:/i.test(address) && !address.includes('.'))

  test('holds the addresses that BlockList of Node holds', () => {
    const blocks = fc.array(fc.oneof(v4, plain6, fc.tuple(near, fc.integer({ min: 20, max: 32 }))), {
      maxLength: 12,
    })
    const addresses = fc.array(
      fc.oneof(
        fc.ipV4(),
        near,
        plain6.map(([address]) => address),
      ),
      { minLength: 1, maxLength: 20 },
    )
    fc.assert(
      fc.property(blocks, addresses, (list, asked) => {
        // One judge a family: Node lets `::/0` hold IPv4 addresses, we do not.
        const judges = { ipv4: new BlockList(), ipv6: new BlockList() }
        for (const [address, length] of list)
          judges[family(address)].addSubnet(address, length, family(address))
        const set = parseCidrs(list.map(([address, length]) => `${address}/${length}`))

        assert.deepEqual(
          asked.map((address) => [address, set.has(address)]),
          asked.map((address) => [address, judges[family(address)].check(address, family(address))]),
        )
      }),
      { numRuns: 500 },
    )
  })
})

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}
