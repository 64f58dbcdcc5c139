import type { Static } from 'typebox'
import { Flaw } from '../../format/flaw.ts'
import { either, listOf, mapOf, object, optional, scalar, text, word } from '../build.ts'
import { checkToldBody, toldBodyParts } from './told-body.ts'

const toldBody = object(
  'a body for external authorization',
  {
    ...toldBodyParts,
    as: word(['text', 'bytes'], {
      default: 'text',
      description:
        '`text` sends it as `body`, with U+FFFD for what is no UTF-8; `bytes` sends it as `raw_body`, as it is.',
    }),
  },
  {
    description:
      'The request waits for its body, which goes to the server that is asked before all of it goes upstream.',
    check: checkToldBody,
  },
)

/** Of a call they are written here. */
const ofCall = /^(?:grpc-.*|content-(?:type|encoding)|user-agent|x-request-id)$/

/** See `ExtAuthz` in the model. */
export const extAuthzSchema = object(
  'an external authorization',
  {
    to: text('clusterName', { description: 'The cluster that is asked; with `protocol: h2`.' }),
    timeout: text('duration', {
      default: '5s',
      description: 'Until the answer is complete, connecting included.',
    }),
    failure: word(['closed', 'open'], {
      default: 'closed',
      description:
        'When there is no answer in time, an error, or one that cannot be read: `closed` answers 503, `open` lets the request pass as if nobody were to be asked.',
    }),
    requestHeaders: either(
      [
        word(['all'], { description: 'All.' }),
        listOf(text('editedRequestHeader', { description: 'A header of the request.' }), {
          description: 'These.',
        }),
      ],
      {
        default: 'all',
        description: 'Headers of the request that are told, beside `:authority` and the like.',
      },
    ),
    body: optional(toldBody),
    upstreamHeaders: either(
      [
        word(['any'], {
          description:
            'Whatever the server sets; not those that say whence a request comes, such as `x-forwarded-for`.',
        }),
        listOf(text('editedRequestHeader', { description: 'A header of the answer.' }), {
          description: 'These. What the client sent under these names never goes upstream.',
        }),
      ],
      { default: 'any', description: 'Headers that the server may set for the upstream.' },
    ),
    identityHeader: optional(
      text('editedRequestHeader', {
        description:
          'The header set by the server that says who the client is, for filters behind this one. The client’s own never goes upstream.',
      }),
    ),
    context: mapOf(
      'context of a question',
      'contextName',
      text('matchedValue', { description: 'Any text.' }),
      { default: {}, description: '`context_extensions` of every question, such as the name of a policy.' },
    ),
    metadata: mapOf(
      'metadata of a call',
      'editedRequestHeader',
      scalar('headerValue', { description: 'The value.' }),
      { default: {}, description: 'Metadata of every call, such as `authorization`.' },
    ),
  },
  {
    description:
      'Asks a server by Envoy’s `envoy.service.auth.v3.Authorization/Check` over gRPC whether the request may pass, and does what it answers.',
    check: ({ metadata }) => {
      const own = metadata.find(([name]) => ofCall.test(name) || name.endsWith('-bin'))
      return own === undefined
        ? undefined
        : {
            at: 'metadata',
            flaw: new Flaw(
              `has "${own[0]}", which the gateway writes itself or would have to encode`,
              'leave it out',
            ),
          }
    },
  },
)

export type NativeExtAuthz = Static<typeof extAuthzSchema>
