import type { PathMatch } from '../../model/match.ts'
import { quoted } from '../../std/quoted.ts'
import { Flaw, noSecrets } from '../format/flaw.ts'
import { hostPattern } from '../format/host.ts'
import type { AnnotationsRead, RouteExtras } from './annotations/annotations-read.ts'
import type { ClassChoice } from './class-table.ts'
import { mostRoutes, tooManyAliases } from './ingress-limits.ts'
import { nginxPattern, pathMatch } from './ingress-path.ts'
import { ingressRef, type ObjectFlaw, problemAt, refused, warning } from './object-problem.ts'
import type { IngressBackend, IngressObject, IngressPath } from './objects.ts'
import type { ObjectProblem, ObjectRef } from './pieces.ts'
import { readTls, type TlsRead } from './read-tls.ts'

/** An Ingress of ours as far as it can be read alone: what others say of the same hosts comes later. */
export interface IngressRead {
  readonly ingress: IngressObject
  readonly ref: ObjectRef
  readonly choice: ClassChoice
  readonly annotations: AnnotationsRead
  /** Hosts it has rules for and may have a default backend for, with the field that names each first; `*` for any. */
  readonly hosts: ReadonlyMap<string, string>
  /** Those of `hosts` that `server-alias` alone names. */
  readonly aliases: ReadonlySet<string>
  /** All hosts that it names, those of `tls` alone included, with the field that names each first. */
  readonly named: ReadonlyMap<string, string>
  readonly paths: readonly PathRead[]
  readonly tls: readonly TlsRead[]
  readonly problems: readonly ObjectProblem[]
}

/** A path under one host. */
export interface PathRead {
  readonly host: string
  /** `spec.rules[0].http.paths[1]`. */
  readonly field: string
  /** As it was written; `/` when it was not. */
  readonly text: string
  /** What it takes, unless the host has regular expressions as ingress-nginx has them. */
  readonly match: PathMatch | Flaw
  readonly backend: IngressBackend
  /** Whether it takes everything of its host, unless the host has regular expressions. Known beforehand: all paths are looked at often. */
  readonly isRoot: boolean
  readonly isSound: boolean
  /** The same for whatever takes the same requests; and if the host has regular expressions. */
  readonly key: string
  readonly regexKey: string
}

/** Reads an Ingress. What cannot be used is left out, with a problem, and the rest stands. */
export function readIngress(
  ingress: IngressObject,
  choice: ClassChoice,
  annotations: AnnotationsRead,
): IngressRead {
  const reading = new Reading(ingress, choice, annotations)
  for (const flaw of choice.flaws) reading.tell('metadata.annotations', flaw)
  for (const { annotation, from, severity, reason, message, remedy } of annotations.problems) {
    if (from === 'object')
      reading.tell(`metadata.annotations[${annotation}]`, { severity, reason, message, remedy })
  }
  for (const [index, rule] of ingress.rules.entries()) reading.rule(rule, `spec.rules[${index}]`)
  reading.aliases()
  if (ingress.defaultBackend !== undefined) reading.name('*', 'spec.defaultBackend')
  return reading.done()
}

/** What a route asks besides host and path, as text; `""` when that is nothing. */
export function conditionsKey(match: RouteExtras['match']): string {
  const known = conditionKeys.get(match)
  if (known !== undefined) return known
  const isBare = Object.values(match).every((part) => part.length === 0)
  const key = isBare ? '' : JSON.stringify(match)
  conditionKeys.set(match, key)
  return key
}

const conditionKeys = new WeakMap<RouteExtras['match'], string>()

/** The key of a claim: host, path, conditions. */
export function claimKey(host: string, { kind, value }: PathMatch, conditions: string): string {
  return `${host} ${kind === 'segments' ? '' : kind}${value} ${conditions}`
}

class Reading {
  readonly #ingress: IngressObject
  readonly #choice: ClassChoice
  readonly #annotations: AnnotationsRead
  readonly #ref: ObjectRef
  readonly #hosts = new Map<string, string>()
  readonly #aliases = new Set<string>()
  readonly #named = new Map<string, string>()
  readonly #paths: PathRead[] = []
  readonly #problems: ObjectProblem[] = []

  constructor(ingress: IngressObject, choice: ClassChoice, annotations: AnnotationsRead) {
    this.#ingress = ingress
    this.#choice = choice
    this.#annotations = annotations
    this.#ref = ingressRef(ingress)
  }

  tell(field: string, flaw: ObjectFlaw): void {
    this.#problems.push(problemAt(this.#ref, field, flaw))
  }

  name(host: string, field: string): void {
    if (!this.#named.has(host)) this.#named.set(host, field)
  }

  rule({ host: written, paths }: IngressObject['rules'][number], field: string): void {
    const host = this.#host(written, `${field}.host`)
    if (host === undefined) return
    if (paths.length === 0 && this.#ingress.defaultBackend === undefined) {
      const message = `host ${quoted(host)} has no paths, and the Ingress has no default backend for it`
      this.tell(
        field,
        warning('HostWithoutBackend', message, 'add "http.paths" to the rule, or "spec.defaultBackend"'),
      )
    }
    for (const [index, path] of paths.entries()) this.#path(host, path, `${field}.http.paths[${index}]`)
  }

  /** Further hosts have the rules of the first one. */
  aliases(): void {
    const [first] = this.#hosts.keys()
    const rules = this.#paths.filter(({ host }) => host === first)
    const field = 'metadata.annotations[nginx.ingress.kubernetes.io/server-alias]'
    for (const alias of this.#annotations.nginx.aliases) {
      const known = this.#hosts.size
      const host = this.#host(alias, field)
      // One that has rules keeps to them.
      if (host === undefined || this.#hosts.size === known) continue
      this.#aliases.add(host)
      if (this.#paths.length + rules.length > mostRoutes) {
        this.tell(field, tooManyAliases(host))
        continue
      }
      for (const rule of rules) this.#add({ ...rule, host })
    }
  }

  done(): IngressRead {
    const tls = readTls(this.#ingress.tls, {
      ruleHosts: [...this.#hosts.keys()],
      secret: this.#annotations.tlsSecret,
      tell: (field, flaw) => this.tell(field, flaw),
      host: (written, field) => readHost(written, (flaw) => this.tell(field, flaw)),
    })
    for (const { names } of tls) for (const [host, field] of names) this.name(host, field)
    return {
      ingress: this.#ingress,
      ref: this.#ref,
      choice: this.#choice,
      annotations: this.#annotations,
      hosts: this.#hosts,
      aliases: this.#aliases,
      named: this.#named,
      paths: this.#paths,
      tls,
      problems: this.#problems,
    }
  }

  #host(written: string, field: string): string | undefined {
    const host = readHost(written, (flaw) => this.tell(field, flaw))
    if (host === undefined) return undefined
    if (!this.#hosts.has(host)) this.#hosts.set(host, field)
    this.name(host, field)
    return host
  }

  #path(host: string, path: IngressPath, field: string): void {
    const match = pathMatch(path, this.#choice.class.implementationSpecific)
    const text = path.path === '' ? '/' : path.path
    this.#add({ host, field, text, match, backend: path.backend })
  }

  #add(path: Omit<PathRead, 'key' | 'regexKey' | 'isRoot' | 'isSound'>): void {
    const { host, match, text } = path
    const conditions = conditionsKey(this.#annotations.route.match)
    const key = claimKey(host, match instanceof Flaw ? { kind: 'exact', value: text } : match, conditions)
    const regexKey = claimKey(host, { kind: 'regex', value: nginxPattern(text) }, conditions)
    const isSound = !(match instanceof Flaw)
    const isRoot = isSound && match.value === '/' && (match.kind === 'segments' || match.kind === 'prefix')
    this.#paths.push({ ...path, isRoot, isSound, key, regexKey })
  }
}

function readHost(written: string, tell: (flaw: ObjectFlaw) => void): string | undefined {
  if (written === '') return '*'
  const host = hostPattern.read(written, noSecrets)
  if (!(host instanceof Flaw) && !host.startsWith('**')) return host
  const message =
    host instanceof Flaw ? host.message : 'is a wildcard of more than one label, which Ingresses do not have'
  const remedy = host instanceof Flaw && !host.remedy.includes('**') ? host.remedy : hostRemedy
  tell(refused('HostInvalid', `host ${quoted(written)} ${message}`, remedy))
  return undefined
}

const hostRemedy = 'write a name such as "shop.example.com", or "*.example.com" for names of one label more'
