import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hostsFileAddresses } from '../../../../src/upstream/dns/hosts-file.ts'
import { searchNames } from '../../../../src/upstream/dns/search-list.ts'

const hosts = `
127.0.0.1\tlocalhost localhost.localdomain  # loopback
::1 localhost ip6-localhost
# 10.0.0.9 commented
10.0.0.5 Web.Internal web
10.0.0.6 web
10.0.0.6 web
nonsense web
fe80::1%lo0 six
2001:db8::5 six
`

describe('hosts file', () => {
  for (const [host, addresses] of [
    ['localhost', ['127.0.0.1']],
    ['ip6-localhost', ['::1']],
    ['WEB', ['10.0.0.5', '10.0.0.6']],
    ['web.internal', ['10.0.0.5']],
    ['six', ['fe80::1%lo0', '2001:db8::5']],
    ['commented', []],
    ['loopback', []],
    ['we', []],
  ] as const) {
    test(`has ${addresses.join(' and ') || 'nothing'} for ${host}`, () => {
      assert.deepEqual(hostsFileAddresses(hosts, host), addresses)
    })
  }

  test('an empty file has nothing', () => {
    assert.deepEqual(hostsFileAddresses('', 'localhost'), [])
  })
})

const kubernetes =
  'nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local.\noptions ndots:5\n'

describe('search list', () => {
  for (const [host, conf, names] of [
    ['web', '', ['web']],
    ['web', 'search a.test b.test', ['web.a.test', 'web.b.test', 'web']],
    ['web.x', 'search a.test', ['web.x', 'web.x.a.test']],
    ['web.', 'search a.test', ['web']],
    ['web', 'search a.test\ndomain b.test', ['web.b.test', 'web']],
    ['web', 'search .', ['web']],
    ['web.x', 'search a.test\noptions rotate ndots:2 timeout:1', ['web.x.a.test', 'web.x']],
    [
      'web.shop',
      kubernetes,
      ['web.shop.shop.svc.cluster.local', 'web.shop.svc.cluster.local', 'web.shop.cluster.local', 'web.shop'],
    ],
  ] as const) {
    test(`"${host}" with ${JSON.stringify(conf)} asks for ${names.join(', ')}`, () => {
      assert.deepEqual(searchNames(host, conf), names)
    })
  }
})
