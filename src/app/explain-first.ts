import type { Listener } from '../model/listener.ts'
import type { LocalReply } from '../model/reply.ts'
import type { Route } from '../model/route.ts'
import { isCallType } from '../proxy/grpc/call.ts'
import { rescue } from '../proxy/rescue.ts'
import { routeRuntime } from '../proxy/route-runtime.ts'
import { upgradeRefusal } from '../proxy/upgrade/ask-upgrade.ts'
import { plainBodyLimit } from '../proxy/upload.ts'
import type { RequestHead } from '../wire/h1/request-head.ts'

/**
 * What a request is answered on its route before any filter sees it: a body that says it is too large, or a wrong upgrade. A gRPC call
 * is taken for one that comes over HTTP/2, to a cluster that speaks it.
 */
export function firstAnswer(head: RequestHead, route: Route, listener: Listener): LocalReply | undefined {
  const runtime = routeRuntime(route, 0, [], () => undefined)
  const isCall = head.method === 'POST' && isCallType(head.fields)
  const limit = isCall ? runtime.bodyLimit : plainBodyLimit(runtime, listener.limits.body)
  if (limit > 0 && head.contentLength > limit)
    return rescue('body_too_large', `${head.contentLength} of ${limit} bytes`)
  if (head.upgrade === '') return undefined
  return upgradeRefusal({ method: head.method, protocol: 'HTTP/1.1', head }, runtime)
}
