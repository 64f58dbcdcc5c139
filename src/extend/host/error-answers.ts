import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SyntheticRequest } from './request.ts'

/**
 * What becomes of errors that no error handler of an extension takes. Those with a status below 500 are meant for the client, with their
 * message. Those with another than 500 are meant too, but not the message. The rest are faults: the gateway answers, and logs why.
 * Who asks by `inject` is the extension itself, and gets all of them.
 */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  const status = statusOf(error, reply)
  const { raw } = request
  if (!(raw instanceof SyntheticRequest) || (status < 500 && error instanceof Error)) return reply.send(error)
  if (status > 500)
    return reply
      .code(status)
      .send({ statusCode: status, error: STATUS_CODES[status], message: STATUS_CODES[status] })
  reply.hijack()
  raw.call.fail(error)
  return reply
}

/** As Fastify reads it. */
function statusOf(error: unknown, { statusCode }: FastifyReply): number {
  const { statusCode: first, status: second } = (error ?? {}) as Record<string, unknown>
  return [first, second, statusCode].find((one): one is number => isErrorStatus(one)) ?? 500
}

function isErrorStatus(value: unknown): boolean {
  return typeof value === 'number' && value >= 400 && value <= 599
}
