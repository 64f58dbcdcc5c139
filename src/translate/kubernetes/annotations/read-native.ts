import { closest } from '../../../std/closest.ts'
import { quoted } from '../../../std/quoted.ts'
import { checkContent } from './native-content.ts'
import { isAllowed, misplaced } from './native-facts.ts'
import { backendProtocols, type NativeAnnotation, nativeAnnotations } from './native-table.ts'
import { ourPrefix } from './prefixes.ts'
import type { Findings } from './problems.ts'
import { readText } from './read-text.ts'
import { unsaid, type Write } from './settings.ts'

/** What annotations of ours are read with. */
export interface NativeInput {
  /** By name without prefix. */
  readonly annotations: ReadonlyMap<string, string>
  /** Risky ones that are allowed; `all` for those that the operator wrote. */
  readonly optIn: ReadonlySet<string> | 'all'
  readonly listeners: ReadonlySet<string>
}

/** What annotations `tidegate.dev/…` say: parents before their parts, so that a part wins. */
export function readNative(input: NativeInput, findings: Findings): readonly Write[] {
  const known: { readonly annotation: NativeAnnotation; readonly text: string }[] = []
  for (const [name, text] of input.annotations) {
    const annotation = nativeAnnotations.get(name)
    if (annotation === undefined) tellUnknown(name, findings)
    else known.push({ annotation, text })
  }
  known.sort((a, b) => inOrder(a.annotation, b.annotation))
  return known.flatMap(({ annotation, text }) => readOne(annotation, text, input, findings))
}

/** Short forms first: what they stand for wins over them. Then by name, so that the order in the object says nothing. */
function inOrder(a: NativeAnnotation, b: NativeAnnotation): number {
  return rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1)
}

function rankOf({ group, path }: NativeAnnotation): number {
  return group === 'short' ? 0 : path.length
}

function tellUnknown(name: string, findings: Findings): void {
  const full = ourPrefix + name
  const elsewhere = misplaced(name)
  if (elsewhere !== undefined) {
    const { message, remedy } = elsewhere
    findings.refuse(full, 'AnnotationRefused', { message: `${quoted(name)} ${message}`, remedy })
    if (name.startsWith('tls')) findings.block(full, 'is refused, and TLS to endpoints is not as it asks')
    return
  }
  const near = closest(name, nativeAnnotations.keys())
  findings.warn(full, 'AnnotationUnknown', {
    message: `${quoted(name)} is no annotation of tidegate.dev`,
    remedy:
      near === undefined
        ? 'see the list in docs/reference/annotations.md'
        : `did you mean "${ourPrefix}${near}"?`,
  })
}

function readOne(
  annotation: NativeAnnotation,
  text: string,
  input: NativeInput,
  findings: Findings,
): readonly Write[] {
  const { name, schema, protects } = annotation
  const full = ourPrefix + name
  const isBlocking = protects ? (why: string) => findings.block(full, why) : () => undefined
  if (refuseRisky(annotation, name, input, findings)) {
    isBlocking('is refused')
    return []
  }
  const read = readText(name, schema, text)
  if (read.kind === 'flawed') {
    for (const flaw of read.flaws.slice(0, 3)) findings.refuse(full, 'AnnotationInvalid', flaw)
    isBlocking('cannot be read')
    return []
  }
  const risky = partsBelow(annotation).find(
    (part) => read.has(part.path.slice(annotation.path.length)) && refuseRisky(part, name, input, findings),
  )
  const flaw = checkContent(annotation, read.value, input.listeners)
  if (flaw !== undefined) findings.refuse(full, 'AnnotationInvalid', flaw)
  if (risky === undefined && flaw === undefined) return writesOf(annotation, read.value)
  isBlocking(risky === undefined ? 'cannot be obeyed' : 'is refused')
  return []
}

/** Risky annotations that stand for parts of this one. */
function partsBelow({ name, optIn }: NativeAnnotation): readonly NativeAnnotation[] {
  if (optIn !== undefined) return []
  return [...nativeAnnotations.values()].filter(
    (other) => other.optIn !== undefined && other.name.startsWith(`${name}.`),
  )
}

/** Refuses `risky`, said by the annotation `writtenIn`, unless the operator gave leave. */
function refuseRisky(
  risky: NativeAnnotation,
  writtenIn: string,
  { optIn }: NativeInput,
  findings: Findings,
): boolean {
  if (risky.optIn === undefined || optIn === 'all' || isAllowed(risky.name, optIn)) return false
  findings.refuse(ourPrefix + writtenIn, 'AnnotationRefused', {
    message: `"${risky.name}" needs the leave of the operator: it ${risky.optIn}`,
    remedy: `ask for "${risky.name}" under "optInAnnotations" of the gateway, or remove it`,
  })
  return true
}

function writesOf({ name, path, protects }: NativeAnnotation, value: unknown): readonly Write[] {
  const write = (path: readonly string[], value: unknown): Write => {
    return { annotations: [ourPrefix + name], path, value, protects }
  }
  const [key = '', ...rest] = path
  if (key === 'backendProtocol') {
    const { protocol, tls } = backendProtocols[value as keyof typeof backendProtocols]
    return [write(['protocol'], protocol), ...tlsWrites(write, [], tls)]
  }
  return key === 'tls' ? tlsWrites(write, rest, value) : [write(path, value)]
}

type MakeWrite = (path: readonly string[], value: unknown) => Write

/** `on` stands for settings of its own: the defaults. A part of the settings switches TLS on; who is trusted, verifying too. */
function tlsWrites(write: MakeWrite, rest: readonly string[], value: unknown): readonly Write[] {
  if (value === 'off' && rest.length === 0) return [write(['tls'], 'off')]
  const settings = value === 'on' && rest.length === 0 ? unsaid['tlsSettings'] : value
  const verify = rest[0] === 'caSecret' || rest[0] === 'names' ? [write(['tlsSettings', 'verify'], 'on')] : []
  return [write(['tls'], 'on'), ...verify, write(['tlsSettings', ...rest], settings)]
}
