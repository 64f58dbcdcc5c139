import assert from 'node:assert/strict'
import { Readable, Transform } from 'node:stream'
import { describe, test } from 'node:test'
import basicAuth from '@fastify/basic-auth'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { ask, hello, runExtensions } from '../../../support/extension-host.ts'

describe('a request through extensions', () => {
  test('goes on to its cluster and comes back as it was', async (context) => {
    const host = await runExtensions(context, [[async () => {}]])

    const got = await ask(host, {
      fields: 'x-b: 1\r\nCookie: a=b\r\nX-B: 2\r\n',
      target: '/a%20b/./c?d=%zz&d',
    })

    assert.deepEqual(got.upstream, {
      method: 'GET',
      target: '/a%20b/./c?d=%zz&d',
      authority: 'shop.test',
      fields: 'x-b: 1, 2\r\ncookie: a=b\r\n',
      length: 0,
      body: '',
      end: 'end',
    })
    assert.deepEqual(
      [got.status, got.fields, got.length, got.body, got.end],
      [200, hello.fields, 5, 'hello', 'end'],
    )
  })

  test('goes on with headers of any name, and comes back with them', async (context) => {
    const host = await runExtensions(context, [[async () => {}]])
    const fields = 'constructor: a\r\nvalueof: b\r\nvalueof: c\r\n'

    const got = await ask(host, {
      fields: `__proto__: x\r\n${fields}`,
      answer: { ...hello, fields: `${hello.fields}${fields}__proto__: x\r\n` },
    })

    assert.equal(got.upstream?.fields, 'constructor: a\r\nvalueof: b, c\r\n')
    assert.equal(got.fields, `${hello.fields}${fields}`)
  })

  test('goes on when it asks about the server as a whole', async (context) => {
    const host = await runExtensions(context, [[async () => {}]])

    const { upstream } = await ask(host, { method: 'OPTIONS', target: '*' })

    assert.equal(upstream?.target, '*')
  })

  for (const [what, asked] of [
    ['with a body of a known type', { fields: 'content-type: application/json\r\n', parts: ['{"a":', '1}'] }],
    ['with a body of any type', { fields: 'content-type: application/x-thing\r\n', parts: ['ab'] }],
    ['with a body of no type', { fields: '', parts: ['a', 'b', 'c'] }],
    [
      'with a body of unknown length',
      { fields: 'content-type: text/plain\r\n', parts: ['a', 'b'], length: -1 },
    ],
    ['by GET with a body', { method: 'GET', fields: '', parts: ['a', 'b'] }],
    ['by a method of WebDAV', { method: 'PROPFIND', fields: 'content-type: text/xml\r\n', parts: ['<a/>'] }],
    ['by POST without a body', { fields: '', parts: [] }],
  ] as const)
    test(`goes on ${what}`, async (context) => {
      const host = await runExtensions(context, [[async () => {}]])

      const { upstream } = await ask(host, { method: 'POST', ...asked })

      const body = asked.parts.join('')
      assert.equal(upstream?.body, body)
      assert.equal(upstream?.length, 'length' in asked ? -1 : body.length)
      assert.equal(upstream?.end, 'end')
    })

  for (const [what, answer] of [
    ['without a body', { ...hello, status: 204, fields: 'x-a: 1\r\n', parts: [], length: 0 }],
    ['without a type', { ...hello, fields: 'x-a: 1\r\n' }],
    ['in parts', { ...hello, parts: ['he', 'll', 'o'] }],
    ['of unknown length', { ...hello, parts: ['he', 'll', 'o'], length: -1 }],
    [
      'that is not there, with cookies',
      { ...hello, status: 404, fields: 'set-cookie: a\r\nset-cookie: b\r\n' },
    ],
    ['that is an error of the gateway', { ...hello, status: 503, fields: 'retry-after: 1\r\n' }],
    ['that moves it', { ...hello, status: 302, fields: 'location: /b\r\n', parts: [], length: 0 }],
  ] as const)
    test(`brings back an answer ${what}`, async (context) => {
      const host = await runExtensions(context, [[async () => {}]])

      const got = await ask(host, { answer })

      assert.deepEqual(
        [got.status, got.fields, got.length, got.body, got.end],
        [
          answer.status,
          answer.fields,
          answer.status === 204 ? got.length : answer.length,
          answer.parts.join(''),
          'end',
        ],
      )
    })

  test('brings back the length of what HEAD did not fetch', async (context) => {
    const host = await runExtensions(context, [[async () => {}]])

    const got = await ask(host, { method: 'HEAD', answer: { ...hello, parts: [] } })

    assert.deepEqual([got.status, got.length, got.body, got.end], [200, 5, '', 'end'])
  })

  test('ends where its cluster ended it, and that is nobody else’s fault', async (context) => {
    const host = await runExtensions(context, [[async () => {}]])

    const got = await ask(host, { answer: { ...hello, parts: ['he', 'l'], length: -1 }, breaks: true })

    assert.deepEqual([got.body, got.end, host.counters.failures.threw], ['hel', 'abort', 0])
  })

  test('ends where its cluster ended it before anything came of its body', async (context) => {
    const host = await runExtensions(context, [[async () => {}]])

    const got = await ask(host, { answer: { ...hello, parts: [], length: -1 }, breaks: true })

    assert.deepEqual([got.status, got.end, host.counters.failures.threw], [0, 'abort', 0])
  })
})

describe('a Fastify plugin', () => {
  test('sees who asks and what for', async (context) => {
    const seen: unknown[] = []
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.addHook('onRequest', async (request) => {
            const { id, ip, protocol, hostname, method, url, query, raw } = request
            seen.push(id, ip, protocol, hostname, method, url, { ...(query as object) }, raw.rawHeaders, {
              ...request.headers,
            })
          })
        },
      ],
    ])

    await ask(host, { fields: 'Accept: */*\r\n' })

    assert.deepEqual(seen, [
      'r-1',
      '192.0.2.1',
      'https',
      'shop.test',
      'GET',
      '/a?b=c',
      { b: 'c' },
      ['host', 'shop.test', 'Accept', '*/*'],
      { host: 'shop.test', accept: '*/*' },
    ])
  })

  test('changes what goes to the cluster, the host included', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.addHook('onRequest', async (request) => {
            request.headers['x-user'] = 'ann'
            request.headers.host = 'other.test'
            delete request.headers.accept
            request.raw.url = '/other'
          })
        },
      ],
    ])

    const { upstream } = await ask(host)

    assert.deepEqual(
      [upstream?.target, upstream?.authority, upstream?.fields],
      ['/other', 'other.test', 'x-user: ann\r\n'],
    )
  })

  test('answers in hooks and routes, and the cluster hears nothing', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.addHook('preHandler', async (request, reply) => {
            if (request.url === '/no') return reply.code(403).send({ error: 'no' })
          })
          app.get('/hello', async () => ({ hello: 'world' }))
        },
      ],
    ])

    const [refused, greeted, other] = await Promise.all([
      ask(host, { target: '/no' }),
      ask(host, { target: '/hello' }),
      ask(host, { target: '/hello', method: 'POST' }),
    ])

    assert.deepEqual([refused.status, refused.body, refused.upstream], [403, '{"error":"no"}', undefined])
    assert.deepEqual([greeted.status, greeted.body, greeted.upstream], [200, '{"hello":"world"}', undefined])
    assert.equal(other.upstream?.target, '/hello')
  })

  test('changes answers, whole and streamed', async (context) => {
    const louder = () =>
      new Transform({ transform: (part, _, done) => done(null, String(part).toUpperCase()) })
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.addHook('onSend', async (_request, reply, payload) => {
            reply.removeHeader('content-length')
            return payload instanceof Readable ? payload.pipe(louder()) : String(payload).toUpperCase()
          })
        },
      ],
    ])

    const whole = await ask(host)
    const streamed = await ask(host, { answer: { ...hello, parts: ['he', 'llo'], length: -1 } })

    assert.deepEqual([whole.body, whole.length], ['HELLO', 5])
    assert.deepEqual([streamed.body, streamed.length], ['HELLO', -1])
  })

  test('reads and changes bodies by parsers of its own', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.removeContentTypeParser('application/json')
          app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
            done(null, JSON.parse(String(body))),
          )
          app.addContentTypeParser(
            'text/csv',
            { parseAs: 'string' },
            async (_: FastifyRequest, body: string) => body.toUpperCase(),
          )
          app.addHook('preHandler', async (request) => {
            if (typeof request.body === 'object') Object.assign(request.body as object, { more: 1 })
          })
        },
      ],
    ])

    const json = await ask(host, {
      method: 'POST',
      fields: 'content-type: application/json\r\n',
      parts: ['{"a":', '1}'],
    })
    const csv = await ask(host, { method: 'PUT', fields: 'content-type: text/csv\r\n', parts: ['a;b'] })

    assert.deepEqual([json.upstream?.body, json.upstream?.length], ['{"a":1,"more":1}', 16])
    assert.deepEqual([csv.upstream?.body, csv.upstream?.length], ['A;B', 3])
  })

  test('reads forms and text by parsers of its own, and they are written again', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          const form = 'application/x-www-form-urlencoded'
          app.addContentTypeParser(form, { parseAs: 'string' }, (_request, body, done) =>
            done(null, Object.fromEntries(new URLSearchParams(String(body)))),
          )
          app.removeContentTypeParser('text/plain')
          app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) =>
            done(null, `${String(body)}!`),
          )
          app.addHook('preHandler', async ({ body }) => {
            if (typeof body === 'object') Object.assign(body as object, { b: '2 3' })
          })
        },
      ],
    ])
    const form = 'content-type: application/x-www-form-urlencoded\r\n'

    const written = await ask(host, { method: 'POST', fields: form, parts: ['a=1'] })
    const text = await ask(host, { method: 'POST', fields: 'content-type: text/plain\r\n', parts: ['a'] })

    assert.deepEqual([written.upstream?.body, written.upstream?.fields], ['a=1&b=2%203', form])
    assert.equal(text.upstream?.body, 'a!')
  })

  for (const [what, body, sent] of [
    ['empty text', '', ''],
    ['nothing', null, ''],
    ['bytes', new Uint8Array([97, 98]), 'ab'],
    ['a stream of bytes', Readable.from([new Uint8Array([97]), 'b']), 'ab'],
  ] as const)
    test(`puts ${what} in the place of a body`, async (context) => {
      const host = await runExtensions(context, [
        [
          async (app: FastifyInstance) => {
            app.addHook('preHandler', async (request) => {
              request.body = body
            })
          },
        ],
      ])

      const got = await ask(host, { method: 'POST', fields: 'content-type: text/a\r\n', parts: ['secret'] })

      assert.deepEqual([got.upstream?.body, got.upstream?.end], [sent, 'end'])
    })

  test('reads a body of JSON that is null, and it is written again', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.removeContentTypeParser('application/json')
          app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
            done(null, JSON.parse(String(body))),
          )
        },
      ],
    ])
    const fields = 'content-type: application/json\r\n'

    const { upstream } = await ask(host, { method: 'POST', fields, parts: ['null'] })

    assert.deepEqual([upstream?.body, upstream?.length], ['null', 4])
  })

  test('answers by itself once it has hijacked the reply', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.addHook('onRequest', async (_request, reply) => {
            reply.hijack()
            reply.raw.setHeader('X-A', ['1', '2'])
            reply.raw.writeHead(201, { 'content-type': 'text/plain' })
            reply.raw.write('a')
            reply.raw.end('b')
          })
        },
      ],
    ])

    const got = await ask(host)

    assert.deepEqual(
      [got.status, got.fields, got.length, got.body],
      [201, 'x-a: 1\r\nx-a: 2\r\ncontent-type: text/plain\r\n', -1, 'ab'],
    )
  })

  test('decorates, encapsulates and depends on others, in the order written', async (context) => {
    const host = await runExtensions(context, [
      [
        plugin(
          async (app: FastifyInstance) => {
            app.decorateRequest('seen', '')
            app.addHook('onRequest', async (request) => {
              request.setDecorator('seen', `${request.getDecorator<string>('seen')}1`)
            })
          },
          { name: 'first' },
        ),
      ],
      [
        plugin(
          async (app: FastifyInstance) => {
            await app.register(async (inner) => {
              inner.addHook('onRequest', async () => assert.fail('not for what is proxied'))
            })
            app.addHook('onRequest', async (request) => {
              request.headers['x-seen'] = `${request.getDecorator<string>('seen')}2`
            })
          },
          { dependencies: ['first'] },
        ),
      ],
    ])

    const { upstream } = await ask(host)

    assert.equal(upstream?.fields, 'accept: */*\r\nx-seen: 12\r\n')
  })

  test('asks itself by inject, and hears of its own errors', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.get('/own', async () => 'own')
          app.get('/broken', async () => {
            throw new Error('broken on purpose')
          })
          app.get('/ask', async () => {
            const [own, broken, proxied] = await Promise.all(
              ['/own', '/broken', '/proxied'].map((url) => app.inject(url)),
            )
            return [own?.body, broken?.statusCode, broken?.json().message, proxied?.statusCode]
          })
        },
      ],
    ])

    const { body } = await ask(host, { target: '/ask' })

    assert.deepEqual(JSON.parse(body), ['own', 500, 'broken on purpose', 500])
    assert.equal(host.counters.failures.threw, 0)
  })

  test('may be written with a callback', async (context) => {
    const host = await runExtensions(context, [
      [
        (app: FastifyInstance, { name }: { name: string }, done: () => void) => {
          app.addHook('onSend', (_request, reply: FastifyReply, payload, next) => {
            reply.header('x-name', name)
            next(null, payload)
          })
          done()
        },
        { name: 'n' },
      ],
    ])

    const got = await ask(host)

    assert.equal(got.fields, `${hello.fields}x-name: n\r\n`)
  })
})

describe('plugins of others', () => {
  test('@fastify/helmet sets its headers on what comes from the cluster', async (context) => {
    const host = await runExtensions(context, [[helmet, { contentSecurityPolicy: false }]])

    const got = await ask(host)

    assert.match(got.fields, /x-content-type-options: nosniff\r\n/i)
    assert.match(got.fields, /strict-transport-security: max-age=/i)
    assert.match(got.fields, /x-from: cluster\r\n/)
  })

  test('@fastify/cookie reads and sets cookies', async (context) => {
    const host = await runExtensions(context, [
      [cookie],
      [
        async (app: FastifyInstance) => {
          app.addHook('onRequest', async (request, reply) => {
            reply.setCookie('seen', String(request.cookies['a']))
            reply.setCookie('again', 'x', { httpOnly: true })
          })
        },
      ],
    ])

    const got = await ask(host, {
      fields: 'cookie: a=b\r\n',
      answer: { ...hello, fields: 'content-type: text/plain\r\nset-cookie: own=1\r\n' },
    })

    assert.equal(
      got.fields,
      'content-type: text/plain\r\nset-cookie: own=1\r\nset-cookie: seen=b; SameSite=Lax\r\nset-cookie: again=x; HttpOnly; SameSite=Lax\r\n',
    )
  })

  test('@fastify/basic-auth refuses who has no password', async (context) => {
    const host = await runExtensions(context, [
      [
        plugin(async (app: FastifyInstance) => {
          await app.register(basicAuth, {
            authenticate: { realm: 'shop' },
            validate: async (user: string, password: string) => {
              if (user !== 'ann' || password !== 'p') throw new Error('no')
            },
          })
          app.addHook('onRequest', app.basicAuth)
        }),
      ],
    ])
    const fields = (user: string) => `authorization: Basic ${Buffer.from(user).toString('base64')}\r\n`

    const [none, wrong, right] = await Promise.all([
      ask(host),
      ask(host, { fields: fields('ann:q') }),
      ask(host, { fields: fields('ann:p') }),
    ])

    assert.deepEqual([none.status, wrong.status, right.status], [401, 401, 200])
    assert.match(none.fields, /www-authenticate: Basic realm="shop"/i)
  })
})
