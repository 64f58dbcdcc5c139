import type { ForwardAuth } from '../../../model/filters/forward-auth.ts'
import type { NativeForwardAuth } from '../../schema/filters/forward-auth.ts'
import { verdictCache } from './verdict-cache.ts'

/** A question whether a request may pass, as the model has it. */
export function forwardAuthSpec(native: NativeForwardAuth): ForwardAuth {
  const { to, path, method, host, requestHeaders, signIn, timeout, cache, body } = native
  return {
    cluster: to,
    target: path,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    host,
    told: requestHeaders,
    toldBody: body && { most: body.max, larger: body.onLarger },
    toUpstream: native.upstreamHeaders,
    toClient: native.clientHeaders,
    denial: native.denialHeaders,
    identity: native.identityHeader,
    timeout,
    body: native.denialBody,
    signIn: signIn && {
      url: signIn.url,
      parameter: signIn.parameter,
      status: signIn.status === 303 ? 303 : 302,
    },
    cache: cache && verdictCache(cache),
  }
}
