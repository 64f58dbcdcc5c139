import { fieldValue } from '../../http/field-block.ts'
import { isBodiless } from '../../http/status.ts'
import type { Bytes } from '../../std/units.ts'
import { ResponseHead } from '../../wire/h1/response-head.ts'
import { headLimits, responsePolicy } from '../h1/response-limits.ts'

/** Read and used at once. */
const judged = new ResponseHead()

/** Holds extensions to what they say of a response: its head is judged as one of an endpoint, its length is counted. */
export class ResponseCheck {
  #hasHead = false
  #isBodiless = false
  /** -1 when nobody knows. */
  #length: Bytes = -1
  #bytes: Bytes = 0

  /** No body follows, whatever comes: a client would take it for the next response. */
  get isBodiless(): boolean {
    return this.#isBodiless
  }

  /** @returns the head, valid until the next one is read; or what is wrong with it. */
  head(method: string, status: number, fields: string, length: Bytes): ResponseHead | string {
    if (this.#hasHead) return 'answered twice'
    this.#hasHead = true
    if (!Number.isInteger(status) || status < 200 || status > 599) return `answered with status ${status}`
    const fault = judge(status, fields)
    if (fault !== undefined) return fault
    judged.chunked = false
    this.#isBodiless = method === 'HEAD' || isBodiless(status)
    if (length > 0 || (length === 0 && !this.#isBodiless)) judged.contentLength = length
    if (!this.#isBodiless) this.#length = judged.contentLength
    return judged
  }

  /** The head that agrees to leave HTTP; bytes follow it. @returns the head, or what is wrong with it. */
  agreement(fields: string): ResponseHead | string {
    if (this.#hasHead) return 'answered twice'
    this.#hasHead = true
    const fault = judge(101, fields)
    if (fault !== undefined) return fault
    judged.upgrade = fieldValue(fields, 'upgrade') ?? ''
    return judged
  }

  /** @returns what is wrong with so much more of the body. */
  data(bytes: Bytes): string | undefined {
    if (!this.#hasHead) return 'sent a body without a head'
    this.#bytes += bytes
    return this.#length >= 0 && this.#bytes > this.#length
      ? `sent more than ${this.#length} bytes`
      : undefined
  }

  /** @returns what is wrong with a response that ends here. */
  end(): string | undefined {
    if (!this.#hasHead) return 'ended without a response'
    return this.#length > this.#bytes ? `sent ${this.#bytes} of ${this.#length} bytes` : undefined
  }
}

/** Reads a head as one of an endpoint. @returns what is wrong with it. */
function judge(status: number, fields: string): string | undefined {
  if (fields.length > headLimits.head)
    return `answered with ${fields.length} bytes of header fields, more than ${headLimits.head}`
  const refusal = judged.take(status, fields, responsePolicy)
  return refusal === undefined ? undefined : `answered with no response: ${refusal.detail}`
}
