import type { Static } from 'typebox'
import { Flaw } from '../../format/flaw.ts'
import { either, listOf, object, optional, text, whole, word } from '../build.ts'
import { toldBodySchema } from './told-body.ts'
import { verdictCacheSchema } from './verdict-cache.ts'

/** A body in them has no meaning (RFC 9110 §9.3). */
const bodiless: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'DELETE']

const answerHeader = text('editedResponseHeader', { description: 'A header of the answer.' })

const signIn = object(
  'a way to sign in',
  {
    url: text('signInUrl', {
      description:
        'Where the client goes: a URL, or a path of the host it asked. `{scheme}`, `{host}`, `{uri}` and `{escapedUri}` stand for those of the request.',
    }),
    parameter: text('parameterName', {
      default: 'rd',
      description:
        'The query parameter that gets the URL of the request, so that the client comes back to it. One that `url` has already is left as it is.',
    }),
    status: whole(302, 303, {
      default: 302,
      description: '302, or 303, after which every client makes a GET.',
    }),
  },
  { description: 'Redirects a client that would be told 401.' },
)

/** See `ForwardAuth` in the model. */
export const forwardAuthSchema = object(
  'a question whether a request may pass',
  {
    to: text('clusterName', { description: 'The cluster that is asked.' }),
    path: text('requestTarget', {
      default: '/',
      description: 'What it is asked for: a path, with a query if need be.',
    }),
    method: optional(
      text('method', {
        description: 'The method of the question; without it `GET`, or with `body` `POST`.',
      }),
    ),
    host: optional(
      text('authority', {
        description: 'The host header of the question; without it, what `host` of the cluster says.',
      }),
    ),
    requestHeaders: either(
      [
        word(['all'], { description: 'All, but for those that ask something of the upstream.' }),
        listOf(text('editedRequestHeader', { description: 'A header of the request.' }), {
          description: 'These.',
        }),
      ],
      {
        default: [
          'accept',
          'accept-language',
          'authorization',
          'cookie',
          'origin',
          'referer',
          'user-agent',
          'x-requested-with',
        ],
        description:
          'Headers of the request that are told. `x-forwarded-*`, `x-original-*`, `x-auth-request-redirect`, `x-real-ip` and `x-request-id` always are.',
      },
    ),
    body: optional(toldBodySchema),
    upstreamHeaders: listOf(text('editedRequestHeader', { description: 'A header of the answer.' }), {
      default: [],
      description:
        'Headers of an allowing answer that go upstream. What the client sent under these names never does.',
    }),
    clientHeaders: listOf(answerHeader, {
      default: ['set-cookie'],
      description: 'Headers of an allowing answer that go to the client with the response.',
    }),
    denialHeaders: listOf(answerHeader, {
      default: ['cache-control', 'content-type', 'location', 'retry-after', 'set-cookie', 'www-authenticate'],
      description: 'Headers of a denying answer that go to the client.',
    }),
    identityHeader: optional(
      text('editedResponseHeader', {
        description:
          'The header of an allowing answer that says who the client is, for filters behind this one. It goes upstream only if `upstreamHeaders` has it too; the client’s own never does.',
      }),
    ),
    timeout: text('duration', {
      default: '5s',
      description: 'Until the answer is complete, connecting included; then the request gets 503.',
    }),
    denialBody: text('size', {
      default: '64KiB',
      description:
        'Largest body of a denying answer that is passed on, at most 1 MiB. Of a larger one, and of one that is not UTF-8, nothing is.',
    }),
    signIn: optional(signIn),
    cache: optional(verdictCacheSchema),
  },
  {
    description:
      'Asks another server whether the request may pass, with a request of its own. 2xx lets it pass; 401, 403, 400, 429 and redirects are given to the client; everything else, and no answer in time, is a 503.',
    check: ({ denialBody, body, method, cache }) => {
      if (denialBody > 1024 * 1024)
        return { at: 'denialBody', flaw: new Flaw('is more than 1 MiB', 'write "64KiB"') }
      if (body === undefined) return undefined
      if (method !== undefined && bodiless.includes(method))
        return { at: 'method', flaw: new Flaw('sends no body', 'write "POST", or remove "body"') }
      return cache === undefined
        ? undefined
        : {
            at: 'cache',
            flaw: new Flaw(
              'would take the verdict over one body for one over all others',
              'remove it, or "body"',
            ),
          }
    },
  },
)

export type NativeForwardAuth = Static<typeof forwardAuthSchema>
