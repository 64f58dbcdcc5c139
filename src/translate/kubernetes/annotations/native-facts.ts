/**
 * What the schema does not know of annotations: which of them take from other tenants or hide from the operator, and which
 * of them keep somebody out. A name stands for everything below it too.
 */

/** Refused unless the operator lists them, with the reason, which follows "it". */
export const optInReasons: ReadonlyMap<string, string> = new Map([
  ['listeners', 'chooses the ports a route is served on, which the operator gives out'],
  ['access-log', 'hides requests from the operator'],
  ['body.buffer', 'holds whole requests in memory that everybody shares'],
  ['body.mode', 'lifts the limits of the listener on size, rate and time of bodies'],
  ['pool', 'keeps connections open, of which the process has a limited number'],
  ['limits', 'lifts the limits on connections and waiting requests, which hold memory that everybody shares'],
  ['health.interval', 'sends checks as often as it says, on processor time that everybody shares'],
])

/** Those that close something: when one of them cannot be obeyed, its routes answer 503 rather than let everybody in. */
const protectingNames: readonly string[] = [
  'backend-protocol',
  'clients',
  'cookies',
  'filters',
  'headers',
  'listeners',
  'methods',
  'query',
  'tls',
  'upgrade.origins',
  'upgrade.protocols',
]

/** Parents of which a part protects. */
const protectingParents: readonly string[] = ['upgrade']

/** Why an annotation of ours needs the operator's leave; `undefined` when it is safe. `name` is without prefix. */
export function optInReason(name: string): string | undefined {
  for (const [start, why] of optInReasons) if (isWithin(name, start)) return why
  return undefined
}

/** Whether the annotation keeps somebody out. */
export function isProtecting(name: string): boolean {
  return protectingParents.includes(name) || protectingNames.some((start) => isWithin(name, start))
}

/** Whether the operator gave leave: for this name, or for one above it. */
export function isAllowed(name: string, optIn: ReadonlySet<string>): boolean {
  for (const allowed of optIn) if (isWithin(name, allowed)) return true
  return false
}

function isWithin(name: string, start: string): boolean {
  return name === start || name.startsWith(`${start}.`)
}

/** Names that people try and that do not exist, with what to do instead. */
export const misplacedNames: ReadonlyMap<string, { readonly message: string; readonly remedy: string }> =
  new Map([
    [
      'allow-from',
      {
        message: 'belongs to Secrets: it says which namespaces may use one',
        remedy: 'put it on the Secret, and remove it here',
      },
    ],
    ['tls.ca', secretInstead('tls.ca-secret', 'ca.crt')],
    ['tls.crl', secretInstead('tls.ca-secret', 'ca.crt and ca.crl')],
    ['tls.certificate', secretInstead('tls.certificate-secret', 'tls.crt and tls.key')],
  ])

function secretInstead(name: string, keys: string) {
  return {
    message: 'would name a file of the gateway, which an Ingress must not do',
    remedy: `write "tidegate.dev/${name}" with the name of a Secret of this namespace that holds ${keys}`,
  }
}

/** The entry of a name that is misplaced, or of one above it. */
export function misplaced(name: string): { readonly message: string; readonly remedy: string } | undefined {
  for (const [start, entry] of misplacedNames) if (isWithin(name, start)) return entry
  return undefined
}
