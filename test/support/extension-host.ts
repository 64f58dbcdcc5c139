import type { TestContext } from 'node:test'
import type {
  BodySink,
  ExtensionEvents,
  ExtensionLog,
  ExtensionRequest,
  RunningExtensions,
  UpstreamEvents,
  UpstreamRequest,
} from '../../src/extend/call.ts'
import { startExtensions } from '../../src/extend/fastify-host.ts'
import type { JsonMap } from '../../src/model/filters/extension.ts'

/** What a test lets the cluster answer. */
export interface ClusterAnswer {
  readonly status: number
  readonly fields: string
  /** Parts of the body; more than one comes a turn of the event loop apart. */
  readonly parts: readonly string[]
  /** -1 when nothing said so; else the body's. */
  readonly length: number
}

/** What became of a request. */
export interface Answered {
  readonly status: number
  readonly fields: string
  readonly length: number
  readonly body: string
  /** Parts in which the body came. */
  readonly parts: number
  readonly end: 'end' | 'abort' | 'failed'
  readonly failure: string
  /** What came to the cluster, when it did. */
  readonly upstream: (UpstreamRequest & { readonly body: string; readonly end: string }) | undefined
}

export const hello: ClusterAnswer = {
  status: 200,
  fields: 'content-type: text/plain\r\nx-from: cluster\r\n',
  parts: ['hello'],
  length: 5,
}

/** Runs modules, each with its options, until the test has ended. */
export async function runExtensions(
  context: TestContext,
  modules: readonly (readonly [exported: unknown, options?: JsonMap])[],
  log?: ExtensionLog,
): Promise<RunningExtensions> {
  const specs = modules.map(([, options = {}], i) => ({
    name: `./${i}.ts`,
    file: `/e/${i}.ts`,
    digest: '',
    options,
  }))
  const load = async (spec: unknown) => ({ default: modules[specs.indexOf(spec as (typeof specs)[0])]?.[0] })
  const host = await startExtensions(specs, load, log)
  context.after(() => host.close())
  return host
}

export interface Asked extends Partial<ExtensionRequest> {
  /** Parts of the request's body, a turn of the event loop apart when there are several. */
  readonly parts?: readonly string[]
  /** What the cluster answers when the request has come whole. */
  readonly answer?: ClusterAnswer
  /** The cluster gives up after what is in `answer`. */
  readonly breaks?: boolean
}

/** Sends a request through, and gives what became of it. */
export function ask(host: RunningExtensions, asked: Asked = {}): Promise<Answered> {
  const { parts = [], answer = hello, breaks = false, ...given } = asked
  const recorder = new Recorder(answer, breaks)
  const total = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)
  const call = host.open({ ...plainRequest, length: total, ...given }, recorder)
  if (call === undefined) throw new Error('the host took no request')
  void feed(call, parts, false)
  return recorder.answered
}

export const plainRequest: ExtensionRequest = {
  method: 'GET',
  target: '/a?b=c',
  authority: 'shop.test',
  fields: 'accept: */*\r\n',
  length: 0,
  clientAddress: '192.0.2.1',
  scheme: 'https',
  requestId: 'r-1',
  route: 'shop',
}

/** The half that carries traffic: the client's end, and the cluster's. */
class Recorder implements ExtensionEvents {
  readonly #answer: ClusterAnswer
  readonly #breaks: boolean
  readonly #answered = Promise.withResolvers<Answered>()
  #status = 0
  #fields = ''
  #length = 0
  #body = ''
  #parts = 0
  #upstream: UpstreamRequest | undefined
  #upstreamBody = ''
  #upstreamEnd = ''

  constructor(answer: ClusterAnswer, breaks: boolean) {
    this.#answer = answer
    this.#breaks = breaks
  }

  get answered(): Promise<Answered> {
    return this.#answered.promise
  }

  head(status: number, fields: string, length: number): void {
    this.#status = status
    this.#fields = fields
    this.#length = length
  }

  data(part: Buffer): boolean {
    this.#body += part.toString('latin1')
    this.#parts += 1
    return true
  }

  end(): void {
    this.#settle('end', '')
  }

  drained(): void {}

  abort(): void {
    this.#settle('abort', '')
  }

  failed(why: string, detail: string): void {
    this.#settle('failed', `${why}: ${detail}`)
  }

  upstream(request: UpstreamRequest, events: UpstreamEvents): BodySink {
    this.#upstream = request
    return {
      data: (part) => {
        this.#upstreamBody += part.toString('latin1')
        return true
      },
      end: () => {
        this.#upstreamEnd = 'end'
        const { status, fields, length, parts } = this.#answer
        events.head(status, fields, length)
        void feed(events, parts, this.#breaks)
      },
      drained: () => {},
      abort: () => {
        this.#upstreamEnd = 'abort'
      },
    }
  }

  #settle(end: Answered['end'], failure: string): void {
    const upstream = this.#upstream && {
      ...this.#upstream,
      body: this.#upstreamBody,
      end: this.#upstreamEnd,
    }
    this.#answered.resolve({
      status: this.#status,
      fields: this.#fields,
      length: this.#length,
      body: this.#body,
      parts: this.#parts,
      end,
      failure,
      upstream,
    })
  }
}

async function feed(sink: BodySink, parts: readonly string[], breaks: boolean): Promise<void> {
  for (const part of parts) {
    sink.data(Buffer.from(part, 'latin1'))
    if (parts.length > 1) await new Promise(setImmediate)
  }
  if (breaks) sink.abort()
  else sink.end()
}
