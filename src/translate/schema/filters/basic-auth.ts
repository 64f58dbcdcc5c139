import type { Static } from 'typebox'
import { object, optional, text, word } from '../build.ts'
import { credentialSource } from './credentials.ts'

export const basicAuthSchema = object(
  'basic authentication',
  {
    users: credentialSource(
      'users with hashes of their passwords, as `htpasswd` writes it',
      '`USER:HASH`. Hashes: bcrypt with a cost of at most 14 (`htpasswd -B`), SHA-crypt (`$5$`, `$6$`) with at most 200,000 rounds, apr1, and {SHA}, which is weak.',
    ),
    realm: text('headerValue', {
      default: 'restricted',
      description: 'What browsers show beside the question.',
    }),
    authorization: word(['remove', 'keep'], {
      default: 'remove',
      description: 'Whether the upstream gets the user and the password, in the header `authorization`.',
    }),
    userHeader: optional(
      text('editedRequestHeader', {
        description:
          'A header by which the upstream learns the user, in UTF-8. What the client sent of it is removed.',
        examples: ['x-auth-user'],
      }),
    ),
  },
  {
    description:
      'Asks for a user and a password; whoever has none gets 401. One client may try ten passwords at once, then one each two seconds (429).',
  },
)

export type NativeBasicAuth = Static<typeof basicAuthSchema>
