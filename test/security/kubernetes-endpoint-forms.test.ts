import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ingress, members, service, translated } from '../support/kubernetes/translation.ts'

// Addresses are compared as addresses: forms that some resolvers read as others are none at all.

describe('an endpoint that hides where it leads', () => {
  for (const address of [
    '0177.0.0.1',
    '010.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '10.0.0.1 ',
    '::127.0.0.1',
    '::1%lo',
    'fe80::1%eth0',
    // Translators: NAT64 of a provider's own, stateless translation, 6to4.
    '64:ff9b:1::a9fe:a9fe',
    '::ffff:0:169.254.169.254',
    '2002:7f00:1::',
    // Metadata of Azure and Oracle, which are no link-local addresses.
    '168.63.129.16',
    '192.0.0.192',
  ]) {
    test(`gets nothing: "${address}"`, () => {
      const pieces = translated(ingress('a/one', 'a.test', { '/': 'web' }) + service('a/web', `"${address}"`))

      assert.deepEqual(members(pieces), { 'a/web:80': [] })
    })
  }
})
