import { listOf, object, text } from '../build.ts'

export const maintenanceSchema = object(
  'a maintenance answer',
  {
    retryAfter: text('duration', { default: '5m', description: 'When clients should come back.' }),
    body: text('bodyText', {
      default: '',
      description: 'Body of the answer, sent as UTF-8; at most 64 KiB. Without it, a short text.',
    }),
    contentType: text('headerValue', {
      default: 'text/html; charset=utf-8',
      description: 'What the body is.',
    }),
    except: listOf(text('cidr', { description: 'A block of addresses, or one address.' }), {
      default: [],
      description: 'Client addresses that pass all the same.',
      examples: [['10.0.0.0/8']],
    }),
  },
  { description: 'Answers 503 with `retry-after`, while the route is closed for a while.' },
)
