import { Flaw } from '../../format/flaw.ts'
import { listOf, object, text, word } from '../build.ts'

/** Text, and what is text inside; what is compressed already, such as pictures and films, is not among them. */
const usualTypes = [
  'text/*',
  'application/json',
  'application/*+json',
  'application/javascript',
  'application/xml',
  'application/*+xml',
  'application/wasm',
  'application/graphql',
  'application/manifest+json',
  'application/x-ndjson',
  'application/yaml',
  'image/svg+xml',
  'image/bmp',
  'image/x-icon',
  'image/vnd.microsoft.icon',
  'font/ttf',
  'font/otf',
]

export const compressSchema = object(
  'compression',
  {
    encodings: listOf(word(['zstd', 'br', 'gzip'], { description: 'A content coding.' }), {
      default: ['zstd', 'br', 'gzip'],
      description: 'Codings that are used, best first, of those that a client likes as much.',
      minItems: 1,
    }),
    types: listOf(text('mediaRange', { description: 'A media type, `text/*`, or `application/*+json`.' }), {
      default: usualTypes,
      description: 'Media types that are compressed. `text/event-stream` has to be written out.',
      minItems: 1,
    }),
    minLength: text('size', {
      default: '1KiB',
      description: 'Shorter responses stay as they are; those of unknown length are compressed.',
    }),
    level: word(['fast', 'balanced', 'small'], {
      default: 'balanced',
      description:
        'What counts more: the processor (gzip 1, br 1, zstd 1), both (5, 4, 3), the network (9, 9, 9).',
    }),
    crossSite: word(['leave', 'compress'], {
      default: 'leave',
      description:
        'What becomes of requests that a page of another site made (`sec-fetch-site: cross-site`) with cookies, credentials or a client certificate: by the lengths of compressed answers it could guess at secrets in them (BREACH).',
    }),
  },
  {
    description:
      'Compresses responses for clients that take them so. Coded ones, parts (206), `no-transform` and what the gateway answers for one request alone stay as they are.',
    check: ({ encodings }) =>
      new Set(encodings).size === encodings.length
        ? undefined
        : { at: 'encodings', flaw: new Flaw('has an entry twice', 'write each coding once') },
  },
)
