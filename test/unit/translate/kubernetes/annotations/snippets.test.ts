import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSnippet } from '../../../../../src/translate/kubernetes/annotations/nginx/snippet.ts'
import { readingOf, told } from './reading.ts'

/** Texts of nginx, and the filters that say the same. */
const rows = [
  ['add_header X-A "b c" always;', [{ responseHeaders: { add: { 'X-A': 'b c' } } }]],
  [
    'more_set_headers \'X-Frame-Options: DENY\' "X-B: c";',
    [{ responseHeaders: { set: { 'X-Frame-Options': 'DENY', 'X-B': 'c' } } }],
  ],
  ['more_clear_headers Server X-Powered-By;', [{ responseHeaders: { remove: ['Server', 'X-Powered-By'] } }]],
  ['proxy_hide_header X-Powered-By;', [{ responseHeaders: { remove: ['X-Powered-By'] } }]],
  ['more_set_input_headers "X-A: b";', [{ requestHeaders: { set: { 'X-A': 'b' } } }]],
  ['proxy_set_header X-A b;', [{ requestHeaders: { set: { 'X-A': 'b' } } }]],
  ['proxy_set_header X-A "";', [{ requestHeaders: { remove: ['X-A'] } }]],
  [
    'return 301 https://new.test/a;',
    [{ redirect: { status: 301, scheme: 'https', host: 'new.test', path: { full: '/a' }, query: 'drop' } }],
  ],
  ['return 308 https://$host$request_uri;', [{ redirect: { status: 308, scheme: 'https' } }]],
  ['return 200 "ok";', [{ respond: { status: 200, body: 'ok' } }]],
  [
    'rewrite ^/a/(.*)$ /b/$1 break;',
    [{ rewrite: { path: { regex: { pattern: '^/a/(.*)$', replacement: '/b/$1' } } } }],
  ],
  [
    'rewrite ^ /b permanent;',
    [{ redirect: { status: 301, path: { regex: { pattern: '^', replacement: '/b' } } } }],
  ],
  ['# a comment; add_header X-B c;\nadd_header X-A "b";', [{ responseHeaders: { add: { 'X-A': 'b' } } }]],
] as const

describe('a text of nginx', () => {
  for (const [text, filters] of rows) {
    test(`${text.replace(/\s+/g, ' ')} has an equivalent`, () => {
      assert.deepEqual(JSON.parse(readSnippet(text).filters ?? '[]'), filters)
    })
  }

  for (const text of [
    'proxy_set_header X-A $host;',
    'add_header X-A "$upstream_addr";',
    'if ($http_x) { add_header X-A b; }',
    'location /x { return 200; }',
    'proxy_set_header Connection "upgrade";',
    'rewrite ^/old$ /new permanent;',
    'rewrite ^ https://$host/x redirect;',
    'sub_filter a b;',
    'return 301 $scheme://x;',
    '"; }} {{',
    '',
  ]) {
    test(`${JSON.stringify(text)} has none`, () => {
      assert.equal(readSnippet(text).filters, undefined)
    })
  }

  for (const text of [
    'deny all;',
    'allow 10.0.0.0/8; deny all;',
    'if ($http_x_token != "a") { return 403; }',
    'location /admin { auth_basic "x"; }',
    'auth_request /check;',
    'return 401;',
    'limit_except GET { deny all; }',
    'rewrite_by_lua_block { ngx.exit(403) }',
    'content_by_lua_file /etc/nginx/guard.lua;',
    'include /etc/nginx/guard.conf;',
    'js_content guard.check;',
    `${'# padding\n'.repeat(900)} deny all;`,
  ]) {
    test(`${text.slice(0, 40).replace(/\s+/g, ' ')} keeps somebody out`, () => {
      assert.equal(readSnippet(text).protects, true)
    })
  }

  test('headers that a program writes keep nobody out', () => {
    assert.equal(readSnippet('header_filter_by_lua_block { ngx.header.x = "y" }').protects, false)
  })

  test('does not make a promise of words in quotes or comments', () => {
    assert.equal(readSnippet('add_header X-A "deny all;"; # deny all;').protects, false)
  })

  test('is told with the annotation that says the same, and what is left', () => {
    const read = readingOf({ 'n:configuration-snippet': 'add_header X-A "it\'s";\nsub_filter a b;' })

    assert.deepEqual(told(read), [
      `AnnotationRefused nginx.ingress.kubernetes.io/configuration-snippet: configuration-snippet is refused: text of another program is never run; write tidegate.dev/filters: '[{"responseHeaders":{"add":{"X-A":"it''s"}}}]' instead (nothing of ours is put in the place of "sub_filter")`,
    ])
    assert.equal(read.blocked, undefined)
    assert.deepEqual(read.route.filters, [])
  })

  test('closes the routes when it kept somebody out', () => {
    const read = readingOf({ 'n:server-snippet': 'location /admin { deny all; }' })

    assert.match(read.blocked ?? '', /server-snippet is refused, and keeps somebody out/)
    assert.match(told(read)[0] ?? '', /the routes answer 503/)
  })

  for (const name of ['stream-snippet', 'modsecurity-snippet', 'auth-snippet']) {
    test(`${name} is refused too`, () => {
      assert.match(told(readingOf({ [`n:${name}`]: 'anything;' }))[0] ?? '', /^AnnotationRefused/)
    })
  }
})
