import type { IncomingMessage } from 'node:http'
import { assert } from '../../std/assert.ts'
import type { HostedCall } from './hosted-call.ts'
import { SyntheticRequest } from './request.ts'

/** The call that a request of Fastify's belongs to. */
export function callOf(raw: IncomingMessage): HostedCall {
  assert(raw instanceof SyntheticRequest, 'every request of this app came from the gateway')
  return raw.call
}
