import { Flaw } from '../../format/flaw.ts'
import { listOf, object, text } from '../build.ts'

const block = text('cidr', { description: 'A block of addresses, or one address.' })

export const ipRulesSchema = object(
  'a rule for client addresses',
  {
    allow: listOf(block, {
      default: [],
      description: 'Addresses that may come; none means all that are not denied.',
      examples: [['10.0.0.0/8']],
    }),
    deny: listOf(block, {
      default: [],
      description: 'Addresses that may not come, whatever allows them.',
      examples: [['10.66.0.0/16']],
    }),
  },
  {
    description: 'Answers 403 to client addresses (behind trusted proxies) that may not come.',
    check: ({ allow, deny }) =>
      allow.length === 0 && deny.length === 0
        ? { at: undefined, flaw: new Flaw('lets everybody come', 'write "allow", "deny" or both') }
        : undefined,
  },
)
