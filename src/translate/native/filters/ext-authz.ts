import type { ExtAuthz } from '../../../model/filters/ext-authz.ts'
import type { NativeExtAuthz } from '../../schema/filters/ext-authz.ts'

/** A question by ext_authz, as the model has it. */
export function extAuthzSpec(native: NativeExtAuthz): ExtAuthz {
  const { to, timeout, failure, requestHeaders, body, upstreamHeaders, identityHeader } = native
  return {
    cluster: to,
    timeout,
    failure,
    told: requestHeaders,
    toldBody: body && { most: body.max, larger: body.onLarger, form: body.as },
    toUpstream: upstreamHeaders,
    identity: identityHeader,
    context: native.context,
    metadata: native.metadata,
  }
}
