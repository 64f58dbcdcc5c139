import type { ContentCoder } from '../filters/content-coder.ts'

/** By coder and by what the body is of; forgotten with its route. */
const known = new WeakMap<ContentCoder, WeakMap<object, Buffer>>()

/**
 * A body that is the same every time, compressed once for each coder.
 *
 * @param of what stands for the body: the reply or the page.
 * @param text latin1 text of its bytes, at most 64 KiB by the schema.
 */
export function codedBody(coder: ContentCoder, of: object, text: string): Buffer {
  let bodies = known.get(coder)
  if (bodies === undefined) {
    bodies = new WeakMap()
    known.set(coder, bodies)
  }
  let body = bodies.get(of)
  if (body === undefined) {
    body = coder.whole(Buffer.from(text, 'latin1'))
    bodies.set(of, body)
  }
  return body
}
