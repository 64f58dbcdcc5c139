import { Flaw } from '../format/flaw.ts'
import { listOf, object, text, textOr, whole, wholeOr, word } from './build.ts'

export const healthSchema = object(
  'a health check',
  {
    kind: word(['http', 'tcp', 'grpc'], {
      default: 'http',
      description:
        '`tcp` only connects (with TLS, if the cluster has it); `grpc` asks `grpc.health.v1.Health`.',
    }),
    path: text('plainPath', { default: '/', description: 'What `http` asks for.' }),
    host: textOr(
      'authority',
      { '': '' },
      { default: '', description: 'Host header of the check; `""` is the address of the endpoint.' },
    ),
    statuses: listOf(whole(100, 599, { description: 'A status.' }), {
      default: [],
      description: 'Statuses that mean healthy; none means 200 to 399.',
    }),
    grpc: object(
      'a gRPC health check',
      {
        service: textOr(
          'grpcService',
          { '': '' },
          { default: '', description: 'The service to ask about; `""` is the whole server.' },
        ),
      },
      { default: {}, description: 'What `grpc` asks for.' },
    ),
    interval: text('duration', {
      default: '5s',
      description: 'Time between two checks; each differs by up to 10 %.',
    }),
    timeout: text('duration', { default: '2s', description: 'Time for one check.' }),
    healthyAfter: whole(1, 100, {
      default: 2,
      description: 'Good checks in a row until an endpoint is used again.',
    }),
    unhealthyAfter: whole(1, 100, {
      default: 3,
      description: 'Bad checks in a row until an endpoint is not used.',
    }),
  },
  {
    description: 'Active checks of every endpoint.',
    check: ({ timeout, interval }) =>
      timeout > interval
        ? {
            at: 'timeout',
            flaw: new Flaw('is longer than "interval"', 'write a shorter one, or a longer "interval"'),
          }
        : undefined,
  },
)

export const outlierSchema = object(
  'outlier detection',
  {
    consecutiveFailures: wholeOr(
      1,
      1000,
      { none: 0 },
      { default: 5, description: 'Failures in a row until an endpoint is ejected.' },
    ),
    baseEjection: text('duration', {
      default: '10s',
      description: 'Length of the first ejection; doubles with each further one.',
    }),
    maxEjection: text('duration', { default: '5m', description: 'Longest ejection.' }),
    maxEjectedPercent: whole(0, 100, {
      default: 50,
      description: 'Most endpoints that may be ejected at a time.',
      unit: 'percent',
    }),
  },
  {
    default: {},
    description: 'Ejection of endpoints that fail real requests.',
    check: ({ baseEjection, maxEjection }) =>
      baseEjection > maxEjection
        ? {
            at: 'baseEjection',
            flaw: new Flaw('is longer than "maxEjection"', 'write a shorter one, or a longer "maxEjection"'),
          }
        : undefined,
  },
)
