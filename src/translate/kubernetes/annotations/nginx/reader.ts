import type { FilterSpec } from '../../../../model/filter-spec.ts'
import type { IngressCompat } from '../../../../model/kubernetes-settings.ts'
import { quoted } from '../../../../std/quoted.ts'
import { Flaw } from '../../../format/flaw.ts'
import type { AnnotationReason, LimitStatuses } from '../annotations-read.ts'
import { nginxPrefix } from '../prefixes.ts'
import type { Findings, Told } from '../problems.ts'
import type { Write } from '../settings.ts'
import { nginxFacts } from './table.ts'
import type { Parse } from './values.ts'

/** What annotations of ingress-nginx are read with. */
export interface NginxInput {
  /** By name without prefix. */
  readonly annotations: ReadonlyMap<string, string>
  readonly compat: IngressCompat
  readonly limitStatuses: LimitStatuses | undefined
  /** Of the Ingress; `undefined` refuses Secrets that are named with a namespace. */
  readonly namespace: string | undefined
  /** Whether the annotation of ours may be used, which needs the leave of the operator. */
  readonly isAllowed: (name: string) => boolean
}

/** Reads single annotations of ingress-nginx, and collects what they say. */
export class NginxReader {
  readonly compat: IngressCompat
  readonly limitStatuses: LimitStatuses | undefined
  readonly namespace: string | undefined
  readonly isAllowed: (name: string) => boolean
  readonly writes: Write[] = []
  /** Filters in front of those that annotations of ours name, and behind them. */
  readonly filters: { readonly before: FilterSpec[]; readonly after: FilterSpec[] } = {
    before: [],
    after: [],
  }
  readonly #annotations: ReadonlyMap<string, string>
  readonly #findings: Findings

  constructor(input: NginxInput, findings: Findings) {
    this.compat = input.compat
    this.limitStatuses = input.limitStatuses
    this.namespace = input.namespace
    this.isAllowed = input.isAllowed
    this.#annotations = input.annotations
    this.#findings = findings
  }

  has(name: string): boolean {
    return this.#annotations.has(name)
  }

  /** Whether it is given with a text of some kind, be it right or wrong. */
  says(name: string, isMeant: (text: string) => boolean): boolean {
    const text = this.#annotations.get(name)
    return text !== undefined && isMeant(text)
  }

  /** The value, `undefined` when it is not given; also, with a problem, when it is wrong. */
  read<T>(name: string, parse: Parse<T>): T | undefined {
    const text = this.#annotations.get(name)
    if (text === undefined) return undefined
    const value = parse(text.trim())
    if (!(value instanceof Flaw)) return value
    const what = text.trim() === '' ? 'says nothing' : value.message
    this.refuse(name, 'AnnotationInvalid', {
      message: `${name} ${quoted(text)} ${what}`,
      remedy: value.remedy,
    })
    if (nginxFacts.get(name)?.protects === true) this.#findings.block(nginxPrefix + name, 'cannot be read')
    return undefined
  }

  /** Something is said of a place by some annotations. */
  write(names: readonly string[], path: readonly string[], value: unknown): void {
    this.writes.push({ annotations: names.map((name) => nginxPrefix + name), path, value, protects: false })
  }

  /** The routes answer 503: the annotation protects, and cannot be obeyed. @param why follows its name. */
  closeFor(name: string, why: string): void {
    this.#findings.block(nginxPrefix + name, why)
  }

  refuse(name: string, reason: AnnotationReason, told: Told): void {
    this.#findings.refuse(nginxPrefix + name, reason, told)
  }

  warn(name: string, reason: AnnotationReason, told: Told): void {
    this.#findings.warn(nginxPrefix + name, reason, told)
  }
}
