import { Flaw } from '../../format/flaw.ts'
import { listOf, object, textOr, whole, word } from '../build.ts'

export const decompressSchema = object(
  'decompression',
  {
    encodings: listOf(word(['gzip', 'br', 'zstd', 'deflate'], { description: 'A content coding.' }), {
      default: ['gzip', 'br', 'zstd', 'deflate'],
      description: 'Codings that requests may come in; others get 415.',
      minItems: 1,
    }),
    limit: textOr(
      'size',
      { none: 0 },
      { default: '10MiB', description: 'Largest body when it is plain; a larger one gets 413.' },
    ),
    ratio: whole(0, 100_000, {
      default: 200,
      description:
        'How many times as large as it came a body may become, once it is larger than 64 KiB; 0 is no limit. Text that repeats itself reaches 100; what was made to fill memory 1,000 and more.',
    }),
  },
  {
    description: 'Hands bodies of requests on without their content coding (gzip and the like).',
    check: ({ encodings, limit, ratio }) => {
      if (new Set(encodings).size < encodings.length)
        return { at: 'encodings', flaw: new Flaw('has an entry twice', 'write each coding once') }
      return limit === 0 && ratio === 0
        ? { at: 'ratio', flaw: new Flaw('leaves no limit at all', 'write "limit", "ratio" or both') }
        : undefined
    },
  },
)
