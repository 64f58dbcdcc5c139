import { stringify } from 'node:querystring'
import { Stream } from 'node:stream'
import type { FastifyRequest } from 'fastify'

/**
 * What is sent of a body that a content-type parser or a hook of an extension put in the place of the client's: text and bytes as they
 * are, objects as their type says. `undefined` when it is the client's own, another stream, or none.
 *
 * @throws {TypeError} for an object of a type that cannot be written from it.
 */
export function writtenBody({ body, headers }: FastifyRequest): string | Uint8Array | undefined {
  if (body === undefined || body === null || body instanceof Stream) return undefined
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  const type = headers['content-type'] ?? ''
  if (type === '' || /[/+]json\b/.test(type)) return JSON.stringify(body)
  if (type.startsWith('application/x-www-form-urlencoded')) return stringify(body as Record<string, string>)
  throw new TypeError(
    `the body was read as an object, and cannot be written as "${type}" again: set request.body to text, bytes or a stream`,
  )
}
