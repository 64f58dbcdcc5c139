import type { FormatName } from '../format/formats.ts'
import { either, mapOf, oneKey, scalar, text, word } from './build.ts'

/** How a path is compared. */
export const pathSchema = either(
  [
    text('segmentsPath', {
      description: 'By segments: `/api` takes `/api`, `/api/` and `/api/x`, not `/apis`.',
    }),
    oneKey(
      'a path',
      {
        segments: text('segmentsPath', { description: 'The same as the text alone.' }),
        exact: text('exactPath', { description: 'The whole path.' }),
        prefix: text('prefixPath', { description: 'By text: `/api` takes `/apis` too.' }),
        regex: text('regex', { description: 'RE2 syntax, compared with the whole path.' }),
      },
      { description: 'A path compared in another way.' },
    ),
  ],
  {
    default: '/',
    description: 'The path of a request, after normalising. `/` takes every path.',
    examples: ['/api', { exact: '/login' }],
  },
)

/** Conditions on named values: all of them must hold. */
export function valuesSchema(keys: FormatName, what: string) {
  const value = either(
    [
      scalar('matchedValue', { description: 'The whole value.' }),
      oneKey(
        `a condition on ${what}`,
        {
          exact: scalar('matchedValue', { description: 'The same as the text alone.' }),
          prefix: scalar('matchedValue', { description: 'How the value begins.' }),
          regex: text('regex', { description: 'RE2 syntax, compared with the whole value.' }),
          is: word(['present', 'absent'], { description: 'Whether there is one at all.' }),
        },
        { description: 'A value compared in another way.' },
      ),
    ],
    { description: `The value that ${what} must have.` },
  )
  return mapOf(`conditions on ${what}`, keys, value, {
    default: {},
    description: `Conditions on ${what}; each must hold.`,
  })
}
