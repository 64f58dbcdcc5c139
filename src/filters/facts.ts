import type { FilterSpec } from '../model/filter-spec.ts'
import type { Reason } from '../model/reasons.ts'

/** What is true of every filter of a kind, however it is set up: `tidegate explain` and `docs/reference/filters.md` show it. */
export interface FilterFacts {
  /** Where in the list it should stand, and why. */
  readonly stands: string
  /** What a request pays for it. */
  readonly costs: string
  /** `request` and `response`: their bodies are kept, as far as its limits go, before anything goes on; `as configured`: the request's. */
  readonly buffers: 'nothing' | 'request' | 'response' | 'both' | 'as configured'
  /**
   * What becomes of a request when the filter cannot decide, because whom it asks is away: `closed` answers, `open` lets it pass,
   * `as configured` either; `never` is for filters that always can.
   */
  readonly undecided: 'never' | 'closed' | 'open' | 'as configured'
  /** For which it answers itself. */
  readonly reasons: readonly Reason[]
}

const edits = { buffers: 'nothing', undecided: 'never', reasons: [] } as const
const answers = { buffers: 'nothing', undecided: 'never' } as const

/** The facts of all filters, in one table: a new kind without a line here does not compile. */
export const filterFacts: Readonly<Record<FilterSpec['kind'], FilterFacts>> = {
  requestHeaders: {
    ...edits,
    stands: 'anywhere; behind those that identify the client, what it sets cannot be taken for theirs',
    costs: 'one pass over the header lines for each name',
  },
  responseHeaders: {
    ...edits,
    stands: 'anywhere; of several that set one name the last counts',
    costs: 'one pass over the header lines for each name',
  },
  rewrite: {
    ...edits,
    reasons: ['bad_path'],
    stands: 'anywhere: other filters see the path that the client asked for',
    costs: 'a string; for regex one run of RE2, in linear time',
  },
  redirect: {
    ...answers,
    reasons: ['redirect', 'bad_path'],
    stands: 'last, since nothing behind it is reached',
    costs: 'a string',
  },
  respond: {
    ...answers,
    reasons: ['fixed_response'],
    stands: 'last, since nothing behind it is reached',
    costs: 'nothing: the same answer every time',
  },
  httpsRedirect: {
    ...answers,
    reasons: ['redirect'],
    stands: 'first: credentials sent in the clear should be looked at by nobody',
    costs: 'a comparison; a string where it redirects',
  },
  forwardAuth: {
    stands: 'behind httpsRedirect and what limits strangers; in front of filters that go by who asks',
    costs:
      'a request to the cluster that is asked, and its time, or a digest and a look-up where the verdict is remembered',
    buffers: 'as configured',
    undecided: 'closed',
    reasons: ['unauthorized', 'forbidden', 'body_too_large', 'auth_unavailable'],
  },
  rateLimit: {
    buffers: 'nothing',
    undecided: 'as configured',
    reasons: ['rate_limited', 'limiter_unavailable'],
    stands: 'before what is costly; behind those that identify the client when its key speaks of an identity',
    costs:
      'a look-up in memory for each rule, and one for its overrides; with a shared store one question for all rules, and one for each in shadow; for costs of responses a pass over their header lines',
  },
  concurrencyLimit: {
    buffers: 'nothing',
    undecided: 'as configured',
    reasons: ['concurrency_limited', 'limiter_unavailable'],
    stands: 'before what is costly; behind those that identify the client when its key speaks of an identity',
    costs:
      'a look-up in memory; with several workers a question to the control process, with a shared store one to that',
  },
  extAuthz: {
    stands: 'behind httpsRedirect and what limits strangers; in front of filters that go by who asks',
    costs: 'a gRPC call to the cluster that is asked, and its time',
    buffers: 'as configured',
    undecided: 'as configured',
    reasons: ['unauthorized', 'forbidden', 'body_too_large', 'auth_unavailable'],
  },
  basicAuth: {
    stands: 'behind httpsRedirect and cors; in front of filters that go by who asks',
    costs:
      'a digest; for a password that is not remembered a hash, in a thread of its own, which takes long on purpose',
    buffers: 'nothing',
    undecided: 'closed',
    reasons: ['unauthorized', 'too_many_attempts', 'auth_busy', 'auth_unavailable'],
  },
  apiKey: {
    stands: 'behind httpsRedirect and cors; in front of filters that go by who asks',
    costs: 'a digest and a look-up',
    buffers: 'nothing',
    undecided: 'closed',
    reasons: ['unauthorized', 'auth_unavailable'],
  },
  jwt: {
    stands: 'behind httpsRedirect and what limits strangers; in front of filters that go by who asks',
    costs:
      'a look-up for a token seen before, else the check of one signature on the event loop; waits for keys only while there are none',
    buffers: 'nothing',
    undecided: 'closed',
    reasons: ['unauthorized', 'forbidden', 'auth_unavailable'],
  },
  refuse: {
    ...answers,
    reasons: ['client_refused', 'route_blocked'],
    stands: 'first; translators write it, configurations cannot',
    costs: 'nothing: the same answer every time',
  },
  ipRules: {
    ...answers,
    reasons: ['client_refused'],
    stands: 'behind cors and httpsRedirect, in front of everything that asks or counts',
    costs: 'two binary searches',
  },
  clientCertificate: {
    ...answers,
    reasons: ['client_certificate'],
    stands: 'behind cors and ipRules, in front of filters that go by who asks',
    costs: 'a few comparisons; the certificate is read once for a connection',
  },
  errorPages: {
    ...edits,
    stands: 'anywhere: it is for the whole route',
    costs: 'nothing for requests that are forwarded',
  },
  extension: {
    stands: 'behind everything that refuses requests: it costs the most, and sees what is left',
    costs:
      'a Fastify instance for each request and its response; in a thread of its own a message there and back besides',
    buffers: 'nothing',
    undecided: 'closed',
    reasons: ['extension_failed', 'extension_blocked', 'extension_unavailable', 'extension_protocol'],
  },
  compress: {
    buffers: 'response',
    undecided: 'never',
    reasons: [],
    stands: 'in front of filters that change headers of the response, which then see what is sent',
    costs:
      'a look at the response headers; what is compressed costs the threads of zlib far more than all else',
  },
  decompress: {
    buffers: 'nothing',
    undecided: 'never',
    reasons: ['unsupported_coding', 'decompressed_too_large', 'bad_coding'],
    stands: 'behind what refuses requests, in front of filters that look at bodies',
    costs: 'nothing for plain requests; others cost the threads of zlib far more than all else',
  },
  maintenance: {
    ...answers,
    reasons: ['maintenance'],
    stands: 'behind cors and httpsRedirect, in front of everything else',
    costs: 'a binary search; the same answer every time',
  },
  cors: {
    ...answers,
    reasons: ['cors_preflight'],
    stands: 'first: preflights carry no credentials, and would be refused by filters that ask for them',
    costs: 'a comparison; one pass over the header lines of the response',
  },
}
