import { EventEmitter, once } from 'node:events'
import type { BodySink, ExtensionEvents, UpstreamEvents, UpstreamRequest } from '../../src/extend/call.ts'

/** Takes everything that extensions say of a request, and answers what they let through. */
export class RecordedCall implements ExtensionEvents {
  status = 0
  fields = ''
  body = Buffer.alloc(0)
  failure: readonly [why: string, detail: string] | undefined
  sentThrough: UpstreamRequest | undefined
  sentBody = ''
  drains = 0
  /** What `data` says. */
  takesMore = true
  #end = ''
  readonly #heard = new EventEmitter()

  /** How it ended: `end`, `abort` or `failed`. */
  async ended(): Promise<string> {
    if (this.#end === '') await once(this.#heard, 'end')
    return this.#end
  }

  head(status: number, fields: string): void {
    this.status = status
    this.fields = fields
  }

  data(part: Buffer): boolean {
    this.body = Buffer.concat([this.body, part])
    this.#heard.emit('data')
    return this.takesMore
  }

  async received(): Promise<void> {
    if (this.body.length === 0) await once(this.#heard, 'data')
  }

  end(): void {
    this.#ending('end')
  }

  drained(): void {
    this.drains += 1
    this.#heard.emit('drained')
  }

  abort(): void {
    this.#ending('abort')
  }

  failed(why: string, detail: string): void {
    this.failure = [why, detail]
    this.#ending('failed')
  }

  upstream(request: UpstreamRequest, events: UpstreamEvents): BodySink {
    this.sentThrough = request
    return {
      data: (part) => {
        this.sentBody += part.toString()
        return true
      },
      end: () => {
        events.head(201, 'x-origin: a\r\n', 5)
        events.data(Buffer.from('hello'))
        events.end()
      },
      drained: () => {},
      abort: () => {},
    }
  }

  #ending(how: string): void {
    this.#end = how
    this.#heard.emit('end')
  }
}
