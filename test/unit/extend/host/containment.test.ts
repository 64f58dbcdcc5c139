import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ask, hello, plainRequest, runExtensions } from '../../../support/extension-host.ts'
import { RecordedCall } from '../../../support/recorded-call.ts'

type Hook = (request: FastifyRequest, reply: FastifyReply) => unknown

/** Not as a generator, whose errors would be caught by it. */
function objects(): Readable {
  const stream = new Readable({ objectMode: true, read: () => {} })
  stream.push({})
  stream.push(null)
  return stream
}

function onRequest(hook: Hook) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async (request, reply) => hook(request, reply))
  }
}

function onSend(hook: (reply: FastifyReply) => unknown) {
  return async (app: FastifyInstance) => {
    app.addHook('onSend', async (_request, reply) => hook(reply))
  }
}

const secret = new Error('password is hunter2')

describe('a fault of an extension fails its request, and the client hears nothing of it', () => {
  for (const [what, extension, detail] of [
    [
      'a hook that throws',
      onRequest(() => {
        throw secret
      }),
      /Error: password is hunter2/,
    ],
    [
      'a hook that throws no error',
      onRequest(() => {
        throw 'x'
      }),
      /x/,
    ],
    [
      'a hook of responses that throws',
      onSend(() => {
        throw secret
      }),
      /hunter2/,
    ],
    [
      'a callback that gets an error',
      async (app: FastifyInstance) => {
        app.addHook('preHandler', (_request, _reply, done) => done(secret))
      },
      /hunter2/,
    ],
    [
      'a callback hook that throws',
      async (app: FastifyInstance) => {
        app.addHook('preParsing', () => {
          throw secret
        })
      },
      /hunter2/,
    ],
    [
      'a route that throws',
      async (app: FastifyInstance) => {
        app.get('/a', async () => {
          throw secret
        })
      },
      /hunter2/,
    ],
    [
      'an error handler that throws',
      async (app: FastifyInstance) => {
        app.setErrorHandler(() => {
          throw secret
        })
        app.addHook('onRequest', async () => {
          throw new Error('first')
        })
      },
      /hunter2/,
    ],
    [
      'a header that cannot be sent',
      onSend((reply) => {
        reply.header('x-a', 'a\r\nx-b: c')
        return 'x'
      }),
      /x-a/,
    ],
    [
      'a header name that cannot be sent',
      onSend((reply) => {
        reply.header('x a', 'b')
        return 'x'
      }),
      /x a/,
    ],
    [
      'a header that is set after the answer',
      onRequest((_, reply) => {
        reply.hijack()
        reply.raw.end('a')
        reply.raw.setHeader('a', 'b')
      }),
      undefined,
    ],
    ['a payload that is no payload', onSend(() => ({ a: 1 })), /payload/i],
    [
      'a stream that fails at once',
      onSend(
        () =>
          new Readable({
            read() {
              this.destroy(secret)
            },
          }),
      ),
      /hunter2/,
    ],
    [
      'a response that is destroyed',
      onRequest((_, reply) => {
        reply.hijack()
        reply.raw.destroy()
      }),
      /destroyed/,
    ],
    [
      'a socket that is destroyed',
      onRequest((request, reply) => {
        reply.hijack()
        request.raw.socket.destroy(secret)
      }),
      /hunter2/,
    ],
    [
      'a method that cannot be sent',
      onRequest((request) => {
        request.raw.method = 'A B'
      }),
      /method/,
    ],
    [
      'a URL that cannot be sent',
      onRequest((request) => {
        request.raw.url = '/a b'
      }),
      /URL/,
    ],
    [
      'a host that cannot be sent',
      onRequest((request) => {
        request.headers.host = 'a b'
      }),
      /host/,
    ],
    [
      'an object in the place of a body',
      async (app: FastifyInstance) => {
        app.addContentTypeParser('multipart/form-data', (_r, _p, done) => done(null, {}))
      },
      /set request\.body/,
    ],
  ] as const)
    test(what, async (context) => {
      const host = await runExtensions(context, [[extension]])

      const got = await ask(
        host,
        what.includes('body')
          ? { method: 'POST', fields: 'content-type: multipart/form-data\r\n', parts: ['a'] }
          : {},
      )
      const { failures, open } = host.counters

      assert.equal(got.end, detail === undefined ? 'end' : 'failed')
      if (detail !== undefined) assert.match(got.failure, detail)
      assert.deepEqual([got.status, got.body], detail === undefined ? [200, 'a'] : [0, ''])
      assert.deepEqual([failures.threw, open], [detail === undefined ? 0 : 1, 0])
    })

  test('a stream that fails half way ends the response, and counts', async (context) => {
    const host = await runExtensions(context, [
      [
        onSend((reply) => {
          reply.removeHeader('content-length')
          return Readable.from(
            (async function* () {
              yield 'half'
              throw secret
            })(),
          )
        }),
      ],
    ])

    const got = await ask(host)

    assert.deepEqual(
      [got.status, got.body, got.end, host.counters.failures.threw],
      [200, 'half', 'failed', 1],
    )
    assert.match(got.failure, /hunter2|destroyed/)
  })

  test('a stream of what is no part of a body fails its request before anything goes out', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.addHook('preHandler', async (request) => {
            if (request.url === '/up') request.body = objects()
          })
          app.get('/down', async () => objects())
        },
      ],
    ])

    const up = await ask(host, { method: 'POST', target: '/up', parts: ['a'] })
    const down = await ask(host, { target: '/down' })

    for (const { end, status, failure } of [up, down]) {
      assert.deepEqual([end, status], ['failed', 0])
      assert.match(failure, /a body takes strings and bytes/)
    }
    assert.equal(up.upstream?.end, 'abort')
  })

  for (const [what, parts] of [
    ['less', ['ab']],
    ['more', ['abc', 'defgh']],
  ] as const)
    test(`a response with ${what} than its length says`, async (context) => {
      const host = await runExtensions(context, [
        [
          onRequest((_, reply) => {
            reply.hijack()
            reply.raw.writeHead(200, { 'content-length': 4 })
            for (const part of parts) reply.raw.write(part)
            reply.raw.end()
          }),
        ],
      ])

      const got = await ask(host)

      assert.equal(got.end, 'failed')
      assert.match(got.failure, /content-length says 4/)
    })

  test('and others go on', async (context) => {
    const host = await runExtensions(context, [
      [
        onRequest(({ url }) => {
          if (url === '/bad') throw secret
        }),
      ],
    ])

    const [bad, good] = await Promise.all([ask(host, { target: '/bad' }), ask(host)])

    assert.deepEqual([bad.end, good.end, good.status], ['failed', 'end', 200])
  })
})

describe('an error that is meant for the client', () => {
  test('below 500 is answered with its message', async (context) => {
    const host = await runExtensions(context, [
      [
        onRequest(() => {
          throw Object.assign(new Error('no tea'), { statusCode: 418 })
        }),
      ],
    ])

    const got = await ask(host)

    assert.deepEqual([got.status, JSON.parse(got.body).message], [418, 'no tea'])
    assert.equal(host.counters.failures.threw, 0)
  })

  test('above 500 is answered without it', async (context) => {
    const host = await runExtensions(context, [
      [
        onRequest((_, reply) => {
          reply.header('retry-after', '5')
          throw Object.assign(secret, { statusCode: 503 })
        }),
      ],
    ])

    const got = await ask(host)

    assert.equal(got.status, 503)
    assert.match(got.fields, /retry-after: 5/)
    assert.doesNotMatch(got.body, /hunter2/)
  })

  test('is what the error handler of an extension makes of it', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.setErrorHandler(async (_error, _request, reply) => reply.code(500).send('mine'))
          app.addHook('onRequest', async () => {
            throw secret
          })
        },
      ],
    ])

    const got = await ask(host)

    assert.deepEqual([got.status, got.body], [500, 'mine'])
  })
})

describe('an extension that misbehaves', () => {
  test('answers twice: the first counts', async (context) => {
    const host = await runExtensions(context, [
      [
        onRequest((_, reply) => {
          reply.send('first')
          reply.send('second')
          reply.raw.write('third')
          reply.raw.end('fourth')
          return reply
        }),
      ],
    ])

    const got = await ask(host)

    assert.deepEqual([got.body, got.length, got.end], ['first', 5, 'end'])
  })

  test('answers after it has let the request through: the cluster is left', async (context) => {
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.addHook('preHandler', async (_request, reply) => {
            setImmediate(() => reply.raw.end('early'))
          })
        },
      ],
    ])

    const got = await ask(host, { method: 'POST', fields: '', parts: ['a', 'b', 'c', 'd', 'e'] })

    assert.deepEqual([got.body, got.end, got.upstream?.end], ['early', 'end', 'abort'])
  })

  test('says what the connection is, and is not heard', async (context) => {
    const host = await runExtensions(context, [
      [
        onSend((reply) => {
          reply.headers({ connection: 'close', 'transfer-encoding': 'chunked', Trailer: 'a', upgrade: 'h2c' })
          reply.trailer('x-a', async () => 'b')
          return 'x'
        }),
      ],
    ])

    const got = await ask(host)

    assert.deepEqual([got.fields, got.body, got.end], [hello.fields, 'x', 'end'])
  })

  test('never answers: when the client leaves, it hears so and nothing is left open', async (context) => {
    const heard: string[] = []
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.addHook('onRequestAbort', async (_request) => void heard.push('abort'))
          app.addHook('onRequest', (request, reply, _never) => {
            request.signal.addEventListener('abort', () => heard.push('signal'))
            reply.raw.on('close', () => heard.push('closed'))
          })
        },
      ],
    ])
    const events = new RecordedCall()
    const call = host.open(plainRequest, events)

    call?.abort()
    await new Promise(setImmediate)

    assert.deepEqual([...heard].sort(), ['abort', 'closed', 'signal'])
    assert.equal(host.counters.open, 0)
  })
})
