import type { FastifyInstance } from 'fastify'
import { bench, run, summary } from 'mitata'
import type { BodySink, ExtensionEvents, UpstreamEvents, UpstreamRequest } from '../../../src/extend/call.ts'
import { startExtensions } from '../../../src/extend/fastify-host.ts'

// Twenty requests through the extensions of this thread and back in one turn of its loop, with headers as browsers and origins send
// them; the half that carries traffic is left out. One by one they would never leave the queue of promises, and what ends them could not run.
const fields = [
  'user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language: en-US,en;q=0.5',
  'accept-encoding: gzip, deflate, br, zstd',
  'cookie: session=0123456789abcdef0123456789abcdef',
  'x-forwarded-for: 192.0.2.1',
  'x-forwarded-proto: https',
  'x-forwarded-host: shop.example.com',
  'x-request-id: 0123456789abcdef',
  '',
].join('\r\n')
const answerFields =
  'content-type: application/json\r\ndate: Sun, 29 Nov 2026 06:00:00 GMT\r\nserver: origin\r\netag: "abc"\r\n'
const small = Buffer.alloc(200, 'a')

const request = {
  method: 'GET',
  target: '/api/orders/17?full=1',
  authority: 'shop.example.com',
  fields,
  length: 0,
  clientAddress: '192.0.2.1',
  scheme: 'https',
  requestId: '0123456789abcdef',
  route: 'shop',
} as const

/** Answers what is let through with one part, at once. */
class Client implements ExtensionEvents {
  readonly #over: () => void

  constructor(over: () => void) {
    this.#over = over
  }

  head(): void {}

  data(): boolean {
    return true
  }

  end(): void {
    this.#over()
  }

  drained(): void {}

  abort(): void {
    throw new Error('aborted')
  }

  failed(_why: string, detail: string): void {
    throw new Error(detail)
  }

  upstream(_request: UpstreamRequest, events: UpstreamEvents): BodySink {
    return new Cluster(events)
  }
}

class Cluster implements BodySink {
  readonly #events: UpstreamEvents

  constructor(events: UpstreamEvents) {
    this.#events = events
  }

  data(): boolean {
    return true
  }

  end(): void {
    this.#events.head(200, answerFields, small.length)
    this.#events.data(small)
    this.#events.end()
  }

  drained(): void {}

  abort(): void {}
}

const forms = {
  'a plugin of two hooks': async (app: FastifyInstance) => {
    app.addHook('onRequest', (_request, _reply, done) => done())
    app.addHook('onSend', (_request, reply, payload, done) => {
      reply.header('x-greeting', 'hello')
      done(null, payload)
    })
  },
  'a plugin of two async hooks': async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => {})
    app.addHook('onSend', async (_request, reply, payload) => {
      reply.header('x-greeting', 'hello')
      return payload
    })
  },
  'a fetch that lets it go on': { fetch: () => undefined },
  'a fetch that changes it': {
    fetch(asked: Request) {
      const changed = new Request(asked)
      changed.headers.set('x-language', 'en')
      return changed
    },
  },
}

const spec = { name: './a.ts', file: '/a.ts', digest: '', options: {} }
const started = await Promise.all(
  Object.entries(forms).map(async ([name, form]) => {
    const host = await startExtensions([spec], async () => ({ default: form }))
    const once = (): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>()
      host.open(request, new Client(resolve))?.end()
      return promise
    }
    const turn = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 20 }, once))
      await new Promise(setImmediate)
    }
    return { name, turn }
  }),
)

summary(() => {
  for (const { name, turn } of started) bench(`20 × ${name}`, turn)
})

await run()
process.exit(0)
