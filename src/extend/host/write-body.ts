import { stringify } from 'node:querystring'
import { Stream } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { callOf } from './call-of.ts'

/** Empty text would be taken for a body that nobody replaced. */
const none = new Uint8Array(0)

/**
 * What is sent of a body that a content-type parser or a hook of an extension put in the place of the client's: text and bytes as they
 * are, objects as their type says, nothing of `null` unless it is JSON. `undefined` when it is the client's own, another stream, or none.
 *
 * @throws {TypeError} for an object of a type that cannot be written from it.
 */
export function writtenBody({ body, headers, raw }: FastifyRequest): string | Uint8Array | undefined {
  if (body === undefined || body instanceof Stream) return undefined
  const type = headers['content-type'] ?? ''
  const isJson = /[/+]json\b/.test(type)
  if (body === '' || (body === null && !isJson))
    return callOf(raw).request.given.length === 0 ? undefined : none
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  if (type === '' || isJson) return JSON.stringify(body)
  if (type.startsWith('application/x-www-form-urlencoded')) return stringify(body as Record<string, string>)
  throw new TypeError(
    `the body was read as an object, and cannot be written as "${type}" again: set request.body to text, bytes or a stream`,
  )
}
