import type {
  BodySink,
  ExtensionEvents,
  ExtensionHost,
  ExtensionRequest,
  UpstreamEvents,
} from '../../src/extend/call.ts'

/** What a host does with a request, by the first step of its path. */
const scripts: Readonly<Record<string, (request: ExtensionRequest, events: ExtensionEvents) => BodySink>> = {
  '/echo': echo,
  '/pass': pass,
  '/flood': flood,
  '/block': () => {
    for (;;);
  },
  '/crash': () => {
    setImmediate(() => {
      throw new TypeError('nobody catches this')
    })
    return deaf
  },
  '/leak': () => {
    const kept: string[][] = []
    for (;;) kept.push(Array.from({ length: 10_000 }, (_, i) => `${i} ${kept.length}`))
  },
  '/exit': () => process.exit(3),
  '/say': (request, events) => {
    process.stdout.write(`${'x'.repeat(10)} ${request.requestId}\n`)
    return echo(request, events)
  },
  '/threw': (_, events) => {
    events.failed('threw', 'the extension threw')
    return deaf
  },
  '/wait': () => deaf,
}

/** A host that does what the path of a request says. */
export function scriptedHost(): ExtensionHost {
  return {
    unavailable: undefined,
    open: (request, events) => scripts[request.target.split('?')[0] ?? '']?.(request, events),
  }
}

const deaf: BodySink = { data: () => true, end: () => {}, drained: () => {}, abort: () => {} }

/** Answers with what the request was, then its body. */
function echo(request: ExtensionRequest, events: ExtensionEvents): BodySink {
  events.head(200, `x-method: ${request.method}\r\nx-fields: ${Buffer.byteLength(request.fields)}\r\n`, -1)
  return {
    data: (part) => events.data(part),
    end: () => events.end(),
    drained: () => events.drained(),
    abort: () => {},
  }
}

/** Lets it through as it is, with a header more, and the response back. */
function pass(request: ExtensionRequest, events: ExtensionEvents): BodySink {
  const back: UpstreamEvents = {
    head: (status, fields, length) => events.head(status, `${fields}x-passed: yes\r\n`, length),
    data: (part) => events.data(part),
    end: () => events.end(),
    drained: () => events.drained(),
    abort: () => events.abort(),
  }
  const { method, target, authority, fields, length } = request
  const up = events.upstream(
    { method, target, authority, fields: `${fields}x-through: yes\r\n`, length },
    back,
  )
  return {
    data: (part) => up.data(part),
    end: () => up.end(),
    drained: () => up.drained(),
    abort: () => up.abort(),
  }
}

/** Sends as much as it may, and says in the last part how much that was. */
function flood(_: ExtensionRequest, events: ExtensionEvents): BodySink {
  events.head(200, '', -1)
  let sent = 0
  const go = (): void => {
    do sent += 65_536
    while (events.data(Buffer.alloc(65_536)) && sent < 8_388_608)
    if (sent >= 8_388_608) events.end()
  }
  setImmediate(go)
  return { ...deaf, drained: go }
}
