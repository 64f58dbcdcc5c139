import type {
  BodySink,
  ExtensionCall,
  ExtensionEvents,
  ExtensionHost,
  ExtensionRequest,
  Extensions,
  UpstreamEvents,
  UpstreamRequest,
} from '../../src/extend/call.ts'

/** What the extensions of a test do with a request. */
export type ExtensionScript = (
  request: ExtensionRequest,
  events: ExtensionEvents,
) => ExtensionCall | undefined

/** Extensions in the thread of the test, all of which do what the script says. */
export class ScriptedExtensions implements Extensions {
  script: ExtensionScript
  /** Whether they carry upgrades. */
  upgrades: 'carried' | 'refused' = 'carried'
  /** Requests that came, in order. */
  readonly requests: ExtensionRequest[] = []
  /** Requests that the gateway gave up. */
  aborted = 0

  constructor(script: ExtensionScript = passing()) {
    this.script = script
  }

  prepare(): Promise<void> {
    return Promise.resolve()
  }

  host(): ExtensionHost {
    const host = {
      unavailable: 'they are busy',
      open: (request: ExtensionRequest, events: ExtensionEvents) => this.#open(request, events),
    }
    return this.upgrades === 'carried' ? { ...host, upgrades: 'carried' } : host
  }

  forget(): void {}

  #open(request: ExtensionRequest, events: ExtensionEvents): ExtensionCall | undefined {
    this.requests.push(request)
    const call = this.script(request, events)
    return call && told(call, () => this.aborted++)
  }
}

/** What a pass changes on the way. */
export interface Changes {
  readonly request?: (request: UpstreamRequest) => UpstreamRequest
  readonly part?: (part: Buffer) => Buffer
  readonly response?: (status: number, fields: string) => readonly [status: number, fields: string]
}

/** Lets requests through, and their responses. */
export function passing({ request: ask, part: change, response: answer }: Changes = {}): ExtensionScript {
  return ({ method, target, authority, fields, length }, events) => {
    const asked = { method, target, authority, fields, length }
    const back: UpstreamEvents = {
      head: (status, lines, size) => {
        events.head(...(answer?.(status, lines) ?? ([status, lines] as const)), size)
      },
      data: (part) => events.data(part),
      end: () => events.end(),
      drained: () => events.drained(),
      abort: () => events.abort(),
    }
    const up = events.upstream(ask?.(asked) ?? asked, back)
    return {
      data: (part) => up.data(change?.(part) ?? part),
      end: () => up.end(),
      drained: () => up.drained(),
      abort: () => up.abort(),
    }
  }
}

/** Does the same a turn of the event loop later, as extensions in a thread do. */
export function later(script: ExtensionScript): ExtensionScript {
  return (request, events) => {
    const kept: ((call: ExtensionCall) => void)[] = []
    let call: ExtensionCall | undefined
    setImmediate(() => {
      call = script(request, events)
      for (const act of kept) if (call !== undefined) act(call)
    })
    const pass = (act: (to: ExtensionCall) => void): void => {
      if (call === undefined) kept.push(act)
      else act(call)
    }
    return {
      data: (part) => {
        if (call !== undefined) return call.data(part)
        kept.push((to) => to.data(part))
        return true
      },
      end: () => pass((to) => to.end()),
      drained: () => pass((to) => to.drained()),
      abort: () => pass((to) => to.abort()),
    }
  }
}

/** Answers by itself. */
export function answering(status: number, body: string, fields = ''): ExtensionScript {
  return (_request, events) => {
    const bytes = Buffer.from(body)
    events.head(status, fields, bytes.length)
    events.data(bytes)
    events.end()
    return silent
  }
}

/** Takes everything and says nothing. */
export const silent: BodySink = { data: () => true, end: () => {}, drained: () => {}, abort: () => {} }

function told(call: ExtensionCall, onAbort: () => void): ExtensionCall {
  return {
    data: (part) => call.data(part),
    end: () => call.end(),
    drained: () => call.drained(),
    abort: () => {
      onAbort()
      call.abort()
    },
  }
}
