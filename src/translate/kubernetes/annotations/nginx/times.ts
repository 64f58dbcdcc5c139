import type { RetryCondition } from '../../../../model/route.ts'
import { Flaw } from '../../../format/flaw.ts'
import { listing } from '../../../read/keywords.ts'
import type { NginxReader } from './reader.ts'
import { onOff, type Parse, seconds, size, whole, word } from './values.ts'

/** Time limits. */
export function readTimes(reader: NginxReader): void {
  const connect = reader.read('proxy-connect-timeout', seconds)
  if (connect !== undefined) reader.write(['proxy-connect-timeout'], ['connectTimeout'], connect)
  const read = reader.read('proxy-read-timeout', seconds)
  const send = reader.read('proxy-send-timeout', seconds)
  if (read !== undefined) {
    reader.write(['proxy-read-timeout'], ['timeouts', 'perTry'], read)
    reader.write(['proxy-read-timeout'], ['upgrade', 'idle'], read)
  }
  if (read === undefined && send === undefined) return
  const names = ['proxy-send-timeout', 'proxy-read-timeout'].filter((name) => reader.has(name))
  reader.write(names, ['timeouts', 'idle'], Math.max(read ?? 0, send ?? 0))
  if (read === undefined || send === undefined || read === send) return
  reader.warn('proxy-send-timeout', 'AnnotationDiffers', {
    message: `proxy-send-timeout and proxy-read-timeout are one limit here: ${Math.max(read, send) / 1000} seconds without a byte in either direction`,
    remedy: 'give both the same value',
  })
}

/** Bodies. */
export function readBody(reader: NginxReader): void {
  const limit = reader.read('proxy-body-size', size)
  if (limit !== undefined) reader.write(['proxy-body-size'], ['body', 'limit'], limit)
  const head = reader.read('proxy-buffer-size', size)
  if (head !== undefined && head > largestHead) {
    reader.warn('proxy-buffer-size', 'AnnotationUnsupported', {
      message:
        'proxy-buffer-size is not obeyed: heads of responses are at most 32 KiB long here, and lines in them 8 KiB',
      remedy: 'have the Service send less in headers',
    })
  }
  if (reader.read('proxy-request-buffering', onOff) !== 'on') return
  reader.warn('proxy-request-buffering', 'AnnotationUnsupported', {
    message: 'proxy-request-buffering "on" is not obeyed: bodies of requests are streamed',
    remedy: 'write "off", or "tidegate.dev/body.buffer" with a size, which needs the leave of the operator',
  })
}

/** Of a response; `headLimits` of the proxy. */
const largestHead = 32 * 1024

/** Further attempts. */
export function readRetry(reader: NginxReader): void {
  const conditions = reader.read('proxy-next-upstream', nextUpstream)
  const tries = reader.read('proxy-next-upstream-tries', whole(0, 1000))
  const version = reader.read('proxy-http-version', word(['1.0', '1.1']))
  if (version === '1.0') {
    reader.warn('proxy-http-version', 'AnnotationUnsupported', {
      message: 'proxy-http-version "1.0" is not obeyed: upstreams are spoken to in HTTP/1.1',
      remedy: 'remove it',
    })
  }
  if (conditions !== undefined) {
    const { on, statuses, methods } = conditions
    reader.write(['proxy-next-upstream'], ['retry', 'on'], tries === 1 ? [] : on)
    if (statuses.length > 0) reader.write(['proxy-next-upstream'], ['retry', 'statuses'], statuses)
    if (methods.length > 0) reader.write(['proxy-next-upstream'], ['retry', 'methods'], methods)
    if (tries === undefined) reader.write(['proxy-next-upstream'], ['retry', 'attempts'], usualTries - 1)
  }
  if (tries === undefined) return
  reader.write(['proxy-next-upstream-tries'], ['retry', 'attempts'], attemptsOf(tries))
  if (conditions === undefined)
    reader.write(
      ['proxy-next-upstream-tries'],
      ['retry', 'on'],
      tries === 1 ? [] : ['connect', 'reset', 'timeout'],
    )
}

/** What ingress-nginx does unless told otherwise. */
export const usualTries = 3

/** Ours count without the first; 0 means as often as there are endpoints, of which ten are enough. */
function attemptsOf(tries: number): number {
  return tries === 0 ? 10 : Math.min(10, Math.max(1, tries - 1))
}

interface NextUpstream {
  readonly on: readonly RetryCondition[]
  readonly statuses: readonly number[]
  readonly methods: readonly string[]
}

const nextUpstream: Parse<NextUpstream> = (text) => {
  const words = text.split(/\s+/)
  const on = new Set<RetryCondition>()
  const statuses: number[] = []
  let methods: readonly string[] = []
  for (const one of words) {
    const status = /^http_(500|502|503|504|403|404|429)$/.exec(one)?.[1]
    if (status !== undefined) {
      on.add('status')
      statuses.push(Number(status))
    } else if (one === 'non_idempotent') methods = everyMethod
    else if (one === 'error') on.add('connect').add('reset')
    else if (one === 'timeout') on.add('connect').add('timeout')
    else if (one === 'invalid_header') on.add('reset')
    else if (one !== 'off' || words.length > 1) {
      const known = ['error', 'timeout', 'invalid_header', 'http_502', 'non_idempotent', 'off']
      return new Flaw(`has a word "${one.slice(0, 40)}" that is not known here`, `write ${listing(known)}`)
    }
  }
  return { on: [...on], statuses, methods }
}

const everyMethod = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH']
