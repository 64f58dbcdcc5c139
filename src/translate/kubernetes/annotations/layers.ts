import { deepFreeze } from '../../../std/freeze.ts'
import type { AnnotationProblem, AnnotationsInput, AnnotationsRead } from './annotations-read.ts'
import { clusterExtras, routeExtras, secretsFrom, tlsRedirectOf, tlsSecretOf } from './extras.ts'
import { applyLayer } from './layer.ts'
import { isAllowed } from './native-facts.ts'
import { type NginxRead, nginxDefaults, readNginx } from './nginx/read-nginx.ts'
import { meansTrue } from './nginx/values.ts'
import { withoutOutdone } from './outdone.ts'
import { nginxPrefix, otherNginxPrefix, ourPrefix } from './prefixes.ts'
import { Findings } from './problems.ts'
import { readNative } from './read-native.ts'
import { overlaps, unsaid, type Values, type Write } from './settings.ts'
import { shared } from './share.ts'
import { withinSizes } from './sizes.ts'

/** Annotations by whose they are, without prefixes. */
interface Sorted {
  readonly ours: ReadonlyMap<string, string>
  readonly nginx: ReadonlyMap<string, string>
}

/**
 * Reads annotations layer by layer, each over those before it: what ingress-nginx does without a word (in its compatibility), what
 * the class says, what the object says; in each, ours over those of ingress-nginx.
 */
export function readLayers(input: AnnotationsInput): AnnotationsRead {
  const forClass = new Findings('class')
  const forObject = new Findings('object')
  const ofClass = sort(withinSizes(withPrefixes(input.defaults), forClass))
  const ofObject = sort(withinSizes(input.annotations, forObject))
  tellOtherNginx(input.annotations, forObject)
  const nginxOfClass = readNginx(nginxInput(ofClass.nginx, input, 'class'), forClass)
  let values = input.compat === 'ingress-nginx' ? applyLayer(unsaid, nginxDefaults, forClass) : unsaid
  values = applyLayer(values, nginxOfClass.writes, forClass)
  const classInput = { annotations: ofClass.ours, optIn: 'all' as const, listeners: input.listeners }
  values = applyLayer(values, readNative(classInput, forClass), forClass)
  const nginx =
    ofObject.nginx.size === 0
      ? nginxOfClass
      : readObjectNginx(ofClass.nginx, ofObject.nginx, input, forObject)
  const said = nginx === nginxOfClass ? [] : nginx.writes.filter((write) => isOf(write, ofObject.nginx))
  values = applyLayer(values, said, forObject)
  const ours = readNative({ ...input, annotations: ofObject.ours }, forObject)
  tellBeaten(said, ours, forObject)
  values = applyLayer(values, ours, forObject)
  const filters = withoutOutdone(values, nginx, { given: ofObject.nginx, ours }, forObject)
  return resultOf(
    values,
    { ...nginx, filters },
    { findings: [forClass, forObject], ofObject: [...said, ...ours] },
  )
}

function resultOf(
  values: Values,
  nginx: NginxRead,
  { findings, ofObject }: { readonly findings: readonly Findings[]; readonly ofObject: readonly Write[] },
): AnnotationsRead {
  const blocked = [...new Set(findings.flatMap((one) => one.blocked))]
  return deepFreeze({
    route: routeExtras(values, nginx.filters),
    cluster: clusterExtras(values),
    tlsRedirect: tlsRedirectOf(values),
    tlsSecret: tlsSecretOf(values),
    secretsFrom: secretsFrom(values, ofObject),
    nginx: shared('nginx', nginx.extras),
    blocked: blocked.length === 0 ? undefined : blocked.join('; '),
    problems: inOrder(findings.flatMap((one) => one.told())),
  })
}

/** Errors first: events are few, and those are what stands in the way. */
function inOrder(problems: readonly AnnotationProblem[]): readonly AnnotationProblem[] {
  return problems.toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'))
}

function nginxInput(
  annotations: ReadonlyMap<string, string>,
  { compat, namespace, optIn, limitStatuses }: AnnotationsInput,
  from: 'class' | 'object',
) {
  return {
    annotations,
    compat,
    limitStatuses,
    namespace: from === 'class' ? undefined : namespace,
    isAllowed: (name: string) => from === 'class' || isAllowed(name, optIn),
  }
}

/** What the class says holds beside it: the name of a cookie there goes with the affinity here. */
function readObjectNginx(
  ofClass: ReadonlyMap<string, string>,
  ofObject: ReadonlyMap<string, string>,
  input: AnnotationsInput,
  findings: Findings,
): NginxRead {
  const isCanary = meansTrue(ofObject.get('canary') ?? '')
  const inherited = isCanary ? [] : [...ofClass].filter(([name]) => !hasAlias(name, ofObject))
  const merged = new Findings('object')
  const read = readNginx(nginxInput(new Map([...inherited, ...ofObject]), input, 'object'), merged)
  findings.adopt(merged, (annotation) => ofObject.has(annotation.slice(nginxPrefix.length)))
  return read
}

/** A list of clients under one of its names replaces that of the class under the other. */
function hasAlias(name: string, annotations: ReadonlyMap<string, string>): boolean {
  const other = aliases.get(name)
  return other !== undefined && annotations.has(other)
}

const aliases: ReadonlyMap<string, string> = new Map([
  ['whitelist-source-range', 'allowlist-source-range'],
  ['allowlist-source-range', 'whitelist-source-range'],
  ['limit-whitelist', 'limit-allowlist'],
  ['limit-allowlist', 'limit-whitelist'],
])

function isOf({ annotations }: Write, ofObject: ReadonlyMap<string, string>): boolean {
  return annotations.some((name) => ofObject.has(name.slice(nginxPrefix.length)))
}

/** Ours win over those of ingress-nginx on the same object. */
function tellBeaten(nginx: readonly Write[], ours: readonly Write[], findings: Findings): void {
  const told = new Set<string>()
  for (const write of nginx) {
    const winner = ours.find(({ path }) => overlaps(path, write.path))
    const loser = write.annotations.at(-1) ?? ''
    if (winner === undefined || told.has(loser)) continue
    told.add(loser)
    findings.warn(loser, 'AnnotationDiffers', {
      message: `"${loser}" and "${winner.annotations.at(-1)}" say the same thing, and the latter holds`,
      remedy: 'remove the former',
    })
  }
}

function tellOtherNginx(annotations: ReadonlyMap<string, string>, findings: Findings): void {
  const name = [...annotations.keys()].find((one) => one.startsWith(otherNginxPrefix))
  if (name === undefined) return
  findings.warn(name, 'AnnotationUnsupported', {
    message: `annotations "${otherNginxPrefix}…" are of another product, the controller of F5, and say nothing here`,
    remedy: 'see docs/reference/annotations.md for what says the same, and remove them',
  })
}

/** Defaults of a class may leave our prefix out. */
function withPrefixes(defaults: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...defaults].map(([name, text]) => [name.includes('/') ? name : ourPrefix + name, text]))
}

function sort(annotations: ReadonlyMap<string, string>): Sorted {
  const ours = new Map<string, string>()
  const nginx = new Map<string, string>()
  for (const [name, text] of annotations) {
    if (name.startsWith(ourPrefix)) ours.set(name.slice(ourPrefix.length), text)
    else if (name.startsWith(nginxPrefix)) nginx.set(name.slice(nginxPrefix.length), text)
  }
  return { ours, nginx }
}
