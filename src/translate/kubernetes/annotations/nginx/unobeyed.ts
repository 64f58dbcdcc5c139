import { closest } from '../../../../std/closest.ts'
import { quoted } from '../../../../std/quoted.ts'
import type { NginxExtras } from '../annotations-read.ts'
import { nginxPrefix, ourPrefix } from '../prefixes.ts'
import type { Findings } from '../problems.ts'
import type { NginxFact } from './fact.ts'
import { readSnippet } from './snippet.ts'
import { nginxFacts } from './table.ts'
import { meansTrue } from './values.ts'

/** Values by which an annotation asks for nothing. */
const askingNothing = new Set(['', 'false', 'off', '0'])

/** Tells of annotations that are not obeyed, and closes what they were to protect. */
export function tellUnobeyed(annotations: ReadonlyMap<string, string>, findings: Findings): void {
  for (const [name, text] of annotations) {
    const fact = nginxFacts.get(name)
    if (fact === undefined) tellUnknown(name, findings)
    else if (name.endsWith('-snippet')) tellSnippet(fact, text, findings)
    else if (fact.fate === 'later' || fact.fate === 'refused') tellLeftOut(fact, text, findings)
  }
}

function tellUnknown(name: string, findings: Findings): void {
  const near = closest(name, nginxFacts.keys())
  findings.warn(nginxPrefix + name, 'AnnotationUnknown', {
    message: `${quoted(name)} is no annotation of ingress-nginx`,
    remedy:
      near === undefined
        ? 'see the list in docs/reference/ingress-nginx.md'
        : `did you mean "${nginxPrefix}${near}"?`,
  })
}

function tellLeftOut(fact: NginxFact, text: string, findings: Findings): void {
  const { name, fate, says, protects, native } = fact
  if (askingNothing.has(text.trim().toLowerCase()) && !asksBySilence.has(name)) return
  // That everything has to let a request in is so anyway.
  if (name === 'satisfy' && text.trim() === 'all') return
  const full = nginxPrefix + name
  const message = `${name} is not obeyed: ${says}`
  const remedy = native === '' ? remedyFor(fact) : `write ${native}`
  const reason = fate === 'refused' ? 'AnnotationRefused' : 'AnnotationUnsupported'
  if (!protects) return findings.warn(full, reason, { message, remedy })
  findings.refuse(full, reason, {
    message: `${message}, and the routes answer 503 so that nobody comes in`,
    remedy,
  })
  findings.block(full, `is not obeyed: ${says}`)
}

/** Of these the empty value protects as well: it was to name something. */
const asksBySilence = new Set([
  'auth-url',
  'auth-secret',
  'auth-tls-secret',
  'auth-type',
  'auth-tls-match-cn',
])

function remedyFor({ protects, fate }: NginxFact): string {
  if (fate === 'refused' && !protects) return 'remove it'
  return protects
    ? 'keep this Ingress with the controller that serves it now, or protect it upstream and remove the annotation'
    : 'remove it, or keep this Ingress with the controller that serves it now'
}

function tellSnippet({ name, says, protects }: NginxFact, text: string, findings: Findings): void {
  if (text.trim() === '') return
  const full = nginxPrefix + name
  const snippet = readSnippet(text)
  const { filters, others } = snippet
  const left =
    others.length === 0
      ? ''
      : ` (nothing of ours is put in the place of ${others
          .slice(0, 8)
          .map((one) => quoted(one, 30))
          .join(', ')})`
  const remedy =
    filters === undefined
      ? `say it in other words, such as a filter of "${ourPrefix}filters", and remove it${left}`
      : `write ${ourPrefix}filters: '${filters.replaceAll("'", "''")}' instead${left}`
  const isClosing = protects || snippet.protects
  const closed = isClosing ? ', and since it keeps somebody out the routes answer 503' : ''
  findings.refuse(full, 'AnnotationRefused', { message: `${name} is refused: ${says}${closed}`, remedy })
  if (isClosing) findings.block(full, 'is refused, and keeps somebody out')
}

/** What of these ingress-nginx takes for the whole host, and for the paths of other Ingresses too. */
export function closesHosts(annotations: ReadonlyMap<string, string>): NginxExtras['closesHosts'] {
  if (annotations.has('auth-tls-secret')) return 'auth-tls-secret'
  return readSnippet(annotations.get('server-snippet') ?? '').protects ? 'server-snippet' : undefined
}

/** Those that ingress-nginx reads on a canary too; all others it takes from the Ingress of which this is a canary. */
const readOnCanaries =
  /^(?:canary(?:-.+)?|load-balance|upstream-hash-by(?:-.+)?|affinity(?:-.+)?|session-cookie-.+)$/

/** The annotations of an Ingress without those that say nothing on a canary, which are told. */
export function withoutIgnored(
  annotations: ReadonlyMap<string, string>,
  findings: Findings,
): ReadonlyMap<string, string> {
  if (!meansTrue(annotations.get('canary') ?? '')) return annotations
  const ignored = [...annotations.keys()].filter((name) => nginxFacts.has(name) && !readOnCanaries.test(name))
  for (const name of ignored) {
    findings.warn(nginxPrefix + name, 'AnnotationUnsupported', {
      message: `${name} says nothing on a canary, which takes it from the Ingress it is a canary of`,
      remedy: 'write it there, and remove it here',
    })
  }
  return new Map([...annotations].filter(([name]) => !ignored.includes(name)))
}
