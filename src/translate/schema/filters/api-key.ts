import type { Static } from 'typebox'
import { isSecretName } from '../../../model/secret-names.ts'
import { Flaw } from '../../format/flaw.ts'
import { object, oneKey, optional, text, word } from '../build.ts'
import { credentialSource } from './credentials.ts'

export const apiKeySchema = object(
  'a question for a key',
  {
    keys: credentialSource(
      'digests of keys, as `sha256sum` writes them, with the id of the key behind',
      '`SHA256 ID`, the digest in hexadecimal: `printf %s KEY | sha256sum`, with the id for its `-`.',
    ),
    from: oneKey(
      'a place of a key',
      {
        header: text('matchedHeader', { description: 'A header whose value is the key.' }),
        bearer: word(['on'], { description: '`authorization: Bearer KEY`.' }),
        query: text('parameterName', {
          description:
            'A parameter of the query. URLs are kept in many places: a header is better. Its name has to be one that logs hide.',
        }),
      },
      { default: { header: 'x-api-key' }, description: 'Where a client puts its key.' },
    ),
    key: word(['remove', 'keep'], {
      default: 'remove',
      description: 'Whether the upstream gets the header that held the key; a query goes as it came.',
    }),
    idHeader: optional(
      text('editedRequestHeader', {
        description:
          'A header by which the upstream learns the id of the key. What the client sent of it is removed.',
        examples: ['x-auth-client'],
      }),
    ),
  },
  {
    description: 'Asks for one of some keys; whoever has none gets 401.',
    check: ({ from }) =>
      from.query === undefined || isSecretName(from.query)
        ? undefined
        : {
            at: 'from',
            flaw: new Flaw(
              'would have keys stand in logs, which hide values by the names of their parameters',
              'name the parameter so that it is hidden: "api_key", "token" or "key"',
            ),
          },
  },
)

export type NativeApiKey = Static<typeof apiKeySchema>
