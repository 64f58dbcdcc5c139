import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { issuerKey, jwkSetOf } from '../../../../support/jwt.ts'
import { readingOf, told } from './reading.ts'

const inline = `{ inline: '${jwkSetOf(issuerKey('ES256', 'a'))}' }`

function filters(jwt: string): Record<string, string> {
  return { 't:filters': `[{ jwt: { issuer: i, ${jwt} } }]` }
}

describe('jwt in an annotation', () => {
  test('takes keys that stand there', () => {
    const read = readingOf(filters(`jwks: ${inline}`))

    assert.deepEqual([told(read), read.route.filters.map(({ kind }) => kind)], [[], ['jwt']])
  })

  for (const [what, jwt, expected] of [
    ['a URL', 'jwks: { url: "https://10.0.0.1/" }', /"jwt" with "jwks.url", which an Ingress cannot have/],
    ['a file', 'jwks: { file: /etc/passwd }', /"jwt" with "jwks.file"/],
    ['a secret file', 'secret: /etc/passwd', /"jwt" with "secret"/],
    ['a header that says who asks', `jwks: ${inline}, forward: { x-forwarded-client-cert: sub }`, /who asks/],
  ] as const) {
    test(`refuses ${what}, and closes the route`, () => {
      const read = readingOf(filters(jwt))

      assert.match(told(read).join('\n'), expected)
      assert.notEqual(read.blocked, undefined)
    })
  }
})
