import { isNamed } from './field-block.ts'

/**
 * Request fields that only the gateway or a trusted proxy may say: who the client is, where the request came from, how the
 * mesh shall treat it, which trace it belongs to. A name that ends in `-` stands for every name that starts so.
 *
 * Kept out on purpose: `x-http-method-override`, which passes and is never looked at.
 */
export const edgeFields: readonly string[] = [
  // Client address and original request.
  'forwarded',
  'x-forwarded',
  'x-forwarded-',
  'x-real-',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'true-client-ip',
  'cf-connecting-',
  'via',
  'x-original-',
  'x-rewrite-',
  // Identity that a TLS terminator or an authenticating proxy vouches for.
  'x-client-cert',
  'x-client-cert-',
  'x-client-verify',
  'x-client-dn',
  'x-remote-',
  'x-ssl-',
  'ssl-client-',
  'client-cert',
  'client-cert-',
  // Control of meshes and load balancers.
  'x-envoy-',
  'x-istio-',
  'x-amzn-',
  'l5d-',
  'dtab-local',
  // Request ids and traces.
  'x-request-id',
  'traceparent',
  'tracestate',
  'baggage',
  'b3',
  'x-b3-',
  'x-ot-span-context',
]

/** Those of `edgeFields` that say who a client is by its certificate: no proxy is trusted so far, the gateway alone writes them. */
const identityFields: readonly string[] = ['x-forwarded-client-cert', 'ssl-client-']

/** `edgeFields` by first letter; those that start with `x-` by the third, since half of all other names do too. */
const byFirst = grouped(0, (name) => !name.startsWith('x-'))
const byThird = grouped(2, (name) => name.startsWith('x-'))

const letterX = 0x78
const hyphen = 0x2d

/** Whether the header line at `start` of `text` is one of `edgeFields`. */
export function isEdgeField(text: string, start: number): boolean {
  const first = text.charCodeAt(start) | 32
  const isPrefixed = first === letterX && text.charCodeAt(start + 1) === hyphen
  const candidates = isPrefixed ? byThird[text.charCodeAt(start + 2) | 32] : byFirst[first]
  if (candidates === undefined) return false
  for (const name of candidates) {
    if (
      name.charCodeAt(name.length - 1) === hyphen ? hasPrefix(text, start, name) : isNamed(text, start, name)
    )
      return true
  }
  return false
}

/** Whether the header line at `start` of `text`, one of `edgeFields`, may come from nobody, trusted proxies included. */
export function isIdentityField(text: string, start: number): boolean {
  return identityFields.some((name) => hasPrefix(text, start, name))
}

/** Whether `text` at `start` begins with `lowerPrefix`, without regard to case. */
export function hasPrefix(text: string, start: number, lowerPrefix: string): boolean {
  for (let i = 0; i < lowerPrefix.length; i++) {
    const code = text.charCodeAt(start + i)
    const lower = code >= 65 && code <= 90 ? code + 32 : code
    if (lower !== lowerPrefix.charCodeAt(i)) return false
  }
  return true
}

function grouped(
  position: number,
  wanted: (name: string) => boolean,
): readonly (readonly string[] | undefined)[] {
  const groups: (string[] | undefined)[] = Array.from({ length: 256 }, () => undefined)
  for (const name of edgeFields) {
    if (!wanted(name)) continue
    const code = name.charCodeAt(position)
    const group = groups[code] ?? []
    group.push(name)
    groups[code] = group
  }
  return groups
}
