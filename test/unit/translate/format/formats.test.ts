import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Flaw } from '../../../../src/translate/format/flaw.ts'
import { type FormatName, formats } from '../../../../src/translate/format/formats.ts'
import { noSecrets } from '../../../support/model.ts'

/** What a text becomes; `!` and what is wrong when it is refused. */
function read(format: FormatName, text: string): unknown {
  const value = formats[format].read(text, noSecrets)
  return value instanceof Flaw ? `!${value.message}; ${value.remedy}` : value
}

const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port })

const good: Readonly<Partial<Record<FormatName, readonly (readonly [text: string, value: unknown])[]>>> = {
  duration: [
    ['250ms', 250],
    ['5s', 5000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['576h', 2_073_600_000],
  ],
  size: [
    ['1B', 1],
    ['16KiB', 16_384],
    ['1MiB', 1_048_576],
    ['2GiB', 2_147_483_648],
  ],
  listenAddress: [
    ['0.0.0.0:8080', tcp('0.0.0.0', 8080)],
    ['[::]:8080', tcp('::', 8080)],
    [':8080', tcp('::', 8080)],
    ['[2001:0DB8::0001]:1', tcp('2001:db8::1', 1)],
    ['127.0.0.1:0', tcp('127.0.0.1', 0)],
    ['unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
  ],
  endpointAddress: [
    ['10.0.0.5:8080', tcp('10.0.0.5', 8080)],
    ['[::1]:80', tcp('::1', 80)],
    ['unix:/run/app.sock', { kind: 'unix', path: '/run/app.sock' }],
  ],
  dnsAddress: [['Web.Internal:8080', { host: 'web.internal', port: 8080 }]],
  hostPattern: [
    ['*', '*'],
    ['Shop.Example.COM', 'shop.example.com'],
    ['shop.example.com.', 'shop.example.com'],
    ['*.example.com', '*.example.com'],
    ['**.example.com', '**.example.com'],
    ['[0:0::1]', '[::1]'],
    ['my_service', 'my_service'],
  ],
  cidr: [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['192.0.2.7', '192.0.2.7/32'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['::1', '::1/128'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ],
  segmentsPath: [
    ['/', '/'],
    ['/api', '/api'],
    ['/api/', '/api'],
    ['/caf%C3%A9', '/caf%C3%A9'],
  ],
  exactPath: [['/api/', '/api/']],
  method: [['GET', 'GET']],
  matchedHeader: [['X-Version', 'x-version']],
  editedRequestHeader: [['X-Edge', 'x-edge']],
  headerValue: [
    ['a b', 'a b'],
    ['é', '\u00c3\u00a9'],
  ],
  matchedValue: [['é', 'é']],
  parameterName: [['größe', 'größe']],
  regex: [['/v[0-9]+/.*', '/v[0-9]+/.*']],
  logFormat: [
    ['json', 'json'],
    ['%{client} %{header:user-agent} 100%%', '%{client} %{header:user-agent} 100%%'],
  ],
  authority: [['Inner.Test:81', 'inner.test:81']],
}

const bad: Readonly<Partial<Record<FormatName, readonly (readonly [text: string, why: RegExp])[]>>> = {
  duration: [
    ['', /is not a duration/],
    ['0s', /"no limit" by some/],
    ['0', /"no limit" by some/],
    ['5', /no unit; write "5s"/],
    ['1.5s', /write "1500ms"/],
    ['5 seconds', /write "5s"/],
    ['-5s', /is not a duration/],
    ['577h', /longer than timers can count/],
    ['5s1m', /is not a duration/],
    ['1d', /is not a duration/],
  ],
  size: [
    ['0B', /is no size/],
    ['16', /no unit; write "16B"/],
    ['16KB', /write "16KiB"/],
    ['16 k', /write "16KiB"/],
    ['1.5MiB', /is not a size/],
    ['99999999999GiB', /larger than can be counted/],
  ],
  listenAddress: [
    ['localhost:80', /is a name.*127\.0\.0\.1:80/],
    ['web:80', /is a name.*":80"/],
    ['0.0.0.0', /add the port: "0\.0\.0\.0:8080"/],
    ['::1', /IPv6 needs brackets; add the port: "\[::1\]:8080"/],
    ['[::1', /is not an address/],
    ['[fe80::1%eth0]:80', /is not an IPv6 address/],
    ['1.2.3.4:70000', /port above 65535/],
    ['http://1.2.3.4:80/', /without scheme/],
    ['unix:x', /is a relative path/],
    [`unix:/${'x'.repeat(107)}`, /longer path than the kernel takes/],
  ],
  endpointAddress: [
    ['web:80', /write "dns: web:80"/],
    [':80', /is a name/],
    ['10.0.0.1:0', /has port 0/],
    ['010.0.0.1:80', /is not an IPv4 address/],
    ['1.2.3:80', /is not an IPv4 address/],
  ],
  dnsAddress: [
    ['web', /has no port; add it: "web:8080"/],
    ['10.0.0.1:80', /needs no DNS/],
    ['a..b:80', /is not a DNS name/],
    ['-:80', /is not a DNS name/],
    [`${'a.'.repeat(130)}b:80`, /is not a DNS name/],
  ],
  hostPattern: [
    ['', /is not a host/],
    ['*.*.test', /wildcard that is not its first label/],
    ['a.*', /wildcard that is not its first label/],
    ['***.test', /wildcard/],
    ['a.test:80', /has a port.*write "a\.test"/],
    ['*.[::1]', /wildcard before an address/],
    ['größe.test', /xn--gre-6ka8i\.test/],
    ['user@a.test', /is not a host/],
    [`${'a'.repeat(64)}.test`, /is not a host/],
  ],
  cidr: [
    ['10.0.0.1/8', /bits set.*"10\.0\.0\.0\/8" or "10\.0\.0\.1\/32"/],
    ['2001:db8::1/32', /bits set/],
    ['10.0.0.0/33', /more than 32 bits/],
    ['10.0.0.0/', /not a block/],
    ['10.0.0.0/8/8', /not a block/],
    ['10.0.0', /not a block/],
  ],
  segmentsPath: [
    ['', /does not start with "\/"/],
    ['api', /write "\/api"/],
    ['/a/./b', /write "\/a\/b"/],
    ['/%61', /write "\/a"/],
    ['/a b', /holds characters/],
    ['/a\\b', /holds characters/],
    ['/a#b', /more than a path/],
  ],
  method: [
    ['get', /write "GET"/],
    ['CONNECT', /not a method the gateway carries/],
  ],
  matchedHeader: [
    ['host', /write it under "hosts"/],
    ['x y', /not a name of a header/],
  ],
  editedRequestHeader: [
    ['Host', /rewrite: \{ host/],
    ['transfer-encoding', /belongs to the connection/],
    ['TE', /belongs to the connection/],
    [':path', /not a name of a header/],
  ],
  editedResponseHeader: [['Keep-Alive', /belongs to the connection/]],
  headerValue: [
    ['a\r\nb', /line break/],
    ['a\0', /control/],
    [' a', /white space/],
    ['x'.repeat(8193), /longer than 8192/],
  ],
  regex: [
    ['(', /cannot be used.*missing closing/],
    ['(?=a)', /cannot be used/],
    ['a'.repeat(257), /257 characters/],
    ['(a{100}){100}', /cannot be used/],
  ],
  logFormat: [
    ['clf', /neither "json" nor a template/],
    ['%{clint}', /did you mean "%\{client\}"/],
    ['%{path} %d', /lone "%"/],
    ['%{header:a b}', /not a header/],
  ],
  routeName: [['a b', /not a name of a route/]],
  listenerName: [['-a', /not a name of a listener/]],
  clusterName: [['__proto__', /not a name of a cluster/]],
  replacement: [['/a b', /percent-encode/]],
  plainPath: [['/a;b', /is not a path/]],
  bodyText: [['é'.repeat(32_769), /larger than 64 KiB/]],
  secret: [
    ['abc', /is written into the file/],
    ['${TOKEN', /is written into the file/],
    ['file:relative', /is written into the file/],
    ['${TOKEN}', /names the variable TOKEN, which is empty or not there; set TOKEN/],
    ['file:/run/token', /names the file \/run\/token, which is empty or not there/],
  ],
}

for (const [format, rows] of Object.entries(good)) {
  describe(`the format ${format} takes`, () => {
    for (const [text, value] of rows) {
      test(JSON.stringify(text), () => {
        assert.deepEqual(read(format as FormatName, text), value)
      })
    }
  })
}

for (const [format, rows] of Object.entries(bad)) {
  describe(`the format ${format} refuses`, () => {
    for (const [text, why] of rows) {
      test(JSON.stringify(text.slice(0, 40)), () => {
        assert.match(String(read(format as FormatName, text)), why)
      })
    }
  })
}

describe('the pattern that editors check with', () => {
  for (const [format, rows] of Object.entries(good)) {
    const { pattern } = formats[format as FormatName]
    for (const [text] of pattern === undefined ? [] : rows) {
      test(`of ${format} takes ${JSON.stringify(text)} too`, () => {
        assert.match(text, new RegExp(pattern ?? '', 'u'))
      })
    }
  }
})
