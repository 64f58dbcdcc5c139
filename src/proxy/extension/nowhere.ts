import type { BodySink, UpstreamEvents } from '../../extend/call.ts'

const deaf: BodySink = {
  data: () => true,
  end: () => {},
  drained: () => {},
  abort: () => {},
}

/** Takes what extensions send on when it cannot go on any more. */
export function nowhere(events: UpstreamEvents): BodySink {
  events.abort()
  return deaf
}
