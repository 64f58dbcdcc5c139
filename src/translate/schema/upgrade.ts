import { listOf, object, text, textOr, wholeOr } from './build.ts'

const none = { none: 0 } as const

/** What may leave HTTP on a route. */
export const upgradeSchema = object(
  'upgrade rules of a route',
  {
    protocols: listOf(text('upgradeProtocol', { description: 'A protocol, as `upgrade` names it.' }), {
      default: ['websocket'],
      description: 'Protocols that a connection may change to; `[]` lets none.',
    }),
    origins: listOf(
      text('httpOrigin', { description: 'A scheme and a host, with its port if it is not the usual one.' }),
      {
        default: [],
        description: 'Values of `origin` that websockets may come from; none means any.',
        examples: [['https://shop.example.com']],
      },
    ),
    idle: textOr('duration', none, {
      default: '1h',
      description: 'Longest time without a byte in either direction.',
    }),
    age: textOr('duration', none, { default: '24h', description: 'Longest time altogether.' }),
    ping: textOr('duration', none, {
      default: 'none',
      description: 'A ping goes to both sides of a websocket after so long without a byte.',
    }),
    messageBytes: textOr('size', none, {
      default: 'none',
      description: 'Largest message of a websocket, in either direction.',
    }),
    messagesPerSecond: wholeOr(1, 1e6, none, {
      default: 'none',
      description: 'Most messages of a client per second.',
    }),
  },
  {
    default: {},
    description:
      'What may leave HTTP: websockets and other upgrades. `messageBytes` and `messagesPerSecond` make the gateway read every frame, which costs time; with `messageBytes` websockets agree on no extension.',
  },
)
