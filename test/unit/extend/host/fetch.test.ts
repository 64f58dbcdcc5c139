import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { ExtensionContext } from '../../../../src/extend/author-types.ts'
import { ask, hello, runExtensions } from '../../../support/extension-host.ts'

type Fetch = (request: Request, context: ExtensionContext) => unknown

function fetching(fetch: Fetch) {
  return { fetch }
}

const post = { method: 'POST', fields: 'content-type: text/plain\r\n', parts: ['ab', 'cd'] } as const

describe('an extension in the types of the Fetch API', () => {
  test('sees the request and what the gateway knows of it', async (context) => {
    const seen: unknown[] = []
    const host = await runExtensions(context, [
      [
        fetching((request, { clientAddress, requestId, route, scheme, options }) => {
          seen.push(request.method, request.url, [...request.headers])
          seen.push(clientAddress, requestId, route, scheme, options)
        }),
        { a: 1 },
      ],
    ])

    const got = await ask(host)

    assert.deepEqual(seen, [
      'GET',
      'https://shop.test/a?b=c',
      [
        ['accept', '*/*'],
        ['host', 'shop.test'],
      ],
      '192.0.2.1',
      'r-1',
      'shop',
      'https',
      { a: 1 },
    ])
    assert.deepEqual(
      [got.body, got.upstream?.target, got.upstream?.fields],
      ['hello', '/a?b=c', 'accept: */*\r\n'],
    )
  })

  test('answers', async (context) => {
    const host = await runExtensions(context, [
      [
        fetching(async () => {
          const headers = new Headers({ 'content-type': 'text/x' })
          headers.append('set-cookie', 'a=1')
          headers.append('set-cookie', 'b=2')
          return new Response('short and stout', { status: 418, headers })
        }),
      ],
    ])

    const got = await ask(host)

    assert.deepEqual(
      [got.status, got.fields, got.body, got.upstream],
      [418, 'content-type: text/x\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n', 'short and stout', undefined],
    )
  })

  for (const [what, response, status] of [
    ['nothing', () => new Response(null, { status: 204 }), 204],
    ['an empty text', () => new Response('', { status: 201 }), 201],
    ['a redirect', () => Response.redirect('https://other.test/', 303), 303],
  ] as const)
    test(`answers with ${what}`, async (context) => {
      const host = await runExtensions(context, [[fetching(response)]])

      const got = await ask(host)

      assert.deepEqual([got.status, got.body, got.end], [status, '', 'end'])
    })

  test('sends another request on', async (context) => {
    const host = await runExtensions(context, [
      [
        fetching((request) => {
          const url = new URL(request.url)
          url.pathname = '/other'
          url.host = 'other.test'
          const changed = new Request(url, request)
          changed.headers.set('x-language', 'en')
          changed.headers.delete('accept')
          return changed
        }),
      ],
    ])

    const { upstream } = await ask(host)

    assert.deepEqual(
      [upstream?.target, upstream?.authority, upstream?.fields],
      ['/other?b=c', 'other.test', 'x-language: en\r\n'],
    )
  })

  test('hears nothing of a host that no URL can have', async (context) => {
    const host = await runExtensions(context, [[fetching(() => undefined)]])

    const { status, end } = await ask(host, { authority: '1.2.3.999' })

    assert.deepEqual([status, end, host.counters.failures.threw], [400, 'end', 0])
  })

  test('lets bodies pass that it does not read', async (context) => {
    const host = await runExtensions(context, [[fetching(() => undefined)]])

    const { upstream } = await ask(host, post)

    assert.deepEqual([upstream?.body, upstream?.length, upstream?.end], ['abcd', 4, 'end'])
  })

  for (const method of ['POST', 'GET'])
    for (const [what, read] of [
      ['unread', () => {}],
      ['read', (request: Request) => request.text()],
    ] as const)
      test(`leaves a body out that it took away ${what}, by ${method}`, async (context) => {
        const taking = fetching(async (request) => {
          await read(request)
          return new Request(
            request.url,
            request.url.endsWith('/bare') ? { method } : { method, headers: request.headers },
          )
        })
        const more = fetching(
          async (request) => new Request(request, { headers: { 'x-read': await request.clone().text() } }),
        )
        const one = await runExtensions(context, [[taking]])
        const two = await runExtensions(context, [[taking], [more]])

        for (const host of [one, two])
          for (const target of ['/bare', '/']) {
            const { upstream, failure } = await ask(host, { ...post, target })

            assert.deepEqual(
              [upstream?.method, upstream?.body, upstream?.end, failure],
              [method, '', 'end', ''],
            )
            assert.doesNotMatch(upstream?.fields ?? '', /x-read: ./)
          }
      })

  for (const [what, read] of [
    ['read', async (request: Request) => void (await request.text())],
    ['read in part', async (request: Request) => void (await request.body?.getReader().read())],
    ['read of a clone', async (request: Request) => void (await request.clone().text())],
    ['sent on', (request: Request) => new Request(request)],
    [
      'read and written anew',
      async (request: Request) => new Request(request, { method: 'POST', body: await request.text() }),
    ],
  ] as const)
    test(`a body that was ${what} goes on whole`, async (context) => {
      const host = await runExtensions(context, [[fetching(read)]])

      const { upstream, failure } = await ask(host, post)

      assert.deepEqual([upstream?.body, upstream?.end, failure], ['abcd', 'end', ''])
    })

  test('takes its place among plugins of Fastify', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.addHook('onRequest', async (request) => {
            request.headers['x-order'] = '1'
          })
        },
      ],
      [
        fetching((request) => {
          const changed = new Request(request)
          changed.headers.append('x-order', '2')
          return changed
        }),
      ],
      [
        async (app: FastifyInstance) => {
          app.addHook('onRequest', async (request) => {
            request.headers['x-order'] += ', 3'
          })
          app.addHook('onSend', async (_request, reply) => {
            reply.header('x-last', 'yes')
          })
        },
      ],
    ])

    const got = await ask(host)

    assert.match(got.upstream?.fields ?? '', /x-order: 1, 2, 3\r\n/)
    assert.equal(got.fields, `${hello.fields}x-last: yes\r\n`)
  })

  test('fails its request when it throws or answers nonsense', async (context) => {
    const host = await runExtensions(context, [
      [
        fetching((request) => {
          if (request.url.endsWith('/no')) return 'text'
          throw new Error('password is hunter2')
        }),
      ],
    ])

    const [threw, nonsense] = await Promise.all([ask(host), ask(host, { target: '/no' })])

    assert.deepEqual([threw.end, threw.body, nonsense.end], ['failed', '', 'failed'])
    assert.match(threw.failure, /hunter2/)
    assert.match(nonsense.failure, /fetch\(\) gives a Response, a Request or nothing/)
  })

  test('logs, also of what goes on after the response', async (context) => {
    const lines: unknown[] = []
    const heard = Promise.withResolvers<void>()
    const host = await runExtensions(
      context,
      [
        [
          fetching((_request, { log, waitUntil }) => {
            log.info({ a: 1 }, 'seen %s', 'it')
            waitUntil(Promise.reject(new Error('late')))
          }),
        ],
        [
          async (app: FastifyInstance) => {
            app.log.warn('started')
            app.addHook('onRequest', async (request) => request.log.error(new Error('oh')))
          },
        ],
      ],
      (level, message, fields, requestId) => {
        lines.push([level, message, Object.keys(fields), requestId])
        if (message.startsWith('work')) heard.resolve()
      },
    )

    await ask(host)
    await heard.promise

    assert.deepEqual(lines, [
      ['warn', 'started', [], undefined],
      ['info', 'seen it', ['a'], 'r-1'],
      ['error', 'work after the response failed', ['err'], 'r-1'],
      ['error', 'oh', ['err'], 'r-1'],
    ])
  })
})

describe('a module', () => {
  for (const [what, exported] of [
    ['nothing', undefined],
    ['an object without fetch', { get: () => undefined }],
    ['text', 'x'],
  ] as const)
    test(`that exports ${what} is refused`, async (context) => {
      const started = runExtensions(context, [[exported]])

      await assert.rejects(started, /"\.\/0\.ts" has no extension as its default export/)
    })

  test('that throws while it starts is refused with what it threw', async (context) => {
    const started = runExtensions(context, [
      [
        async () => {
          throw new Error('no database')
        },
      ],
    ])

    await assert.rejects(started, /no database/)
  })

  test('may be CommonJS, compiled from a default export', async (context) => {
    const host = await runExtensions(context, [
      [{ default: fetching(() => new Response('a')), __esModule: true }],
    ])

    const got = await ask(host)

    assert.equal(got.body, 'a')
  })
})
