import { listOf, object, text, whole } from '../build.ts'

const page = object(
  'an error page',
  {
    statuses: listOf(whole(400, 599, { description: 'A status.' }), {
      default: [],
      description: 'Statuses it is for; none means all.',
      examples: [[502, 503, 504]],
    }),
    body: text('bodyText', { description: 'The page, sent as UTF-8; at most 64 KiB.' }),
    contentType: text('headerValue', {
      default: 'text/html; charset=utf-8',
      description: 'What the body is.',
    }),
  },
  { description: 'A body for answers of the gateway itself.' },
)

export const errorPagesSchema = listOf(page, {
  description:
    'Bodies for errors that the gateway answers itself, in the place of its short text; the first page for a status counts. What the upstream answers stays as it is.',
  minItems: 1,
})
