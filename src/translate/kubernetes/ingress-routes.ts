import type { RouteDraft } from '../../model/build.ts'
import type { FilterSpec } from '../../model/filter-spec.ts'
import type { PathMatch } from '../../model/match.ts'
import type { NameTree } from '../../names/name-tree.ts'
import { quoted } from '../../std/quoted.ts'
import { regexProblem } from '../../std/regex.ts'
import { Flaw, noSecrets } from '../format/flaw.ts'
import { pathText } from '../format/path.ts'
import { derivedId } from '../native/route-id.ts'
import { authWish, withAuth } from './auth-wish.ts'
import { BackendTrees, type PlacedWish } from './backend-trees.ts'
import { type CanaryPart, type CanaryRule, canaryRules, canaryTarget } from './canary-rules.ts'
import { type ClientRule, clientRules } from './client-rules.ts'
import { httpsRedirect, type RouteSurroundings } from './https-redirect.ts'
import { mostRoutes, tooManyRoutes } from './ingress-limits.ts'
import { nginxMatch, rewritePattern, rewriteReplacement } from './ingress-path.ts'
import { type ObjectFlaw, originOf, problemAt, refused, warning } from './object-problem.ts'
import type { ObjectProblem } from './pieces.ts'
import type { IngressRead, PathRead } from './read-ingress.ts'
import type { ServedPath, Settled } from './settle-paths.ts'

/** A route that is a regular expression, with the length of the path that it was written as: the longer is asked first. */
export interface RegexRoute {
  readonly draft: RouteDraft
  readonly length: number
}

/** The routes of an Ingress. */
export interface IngressRoutes {
  readonly routes: readonly RouteDraft[]
  readonly regexes: readonly RegexRoute[]
  readonly wishes: readonly PlacedWish[]
  readonly problems: readonly ObjectProblem[]
}

/** Makes the routes of what an Ingress has. */
export function ingressRoutes(settled: Settled, surroundings: RouteSurroundings): IngressRoutes {
  const making = new Making(settled, surroundings)
  for (const served of settled.served) making.path(served)
  for (const host of settled.rootHosts) making.root(host)
  for (const host of settled.defaultHosts) making.rest(host)
  for (const path of settled.told) making.told(path)
  const { routes, regexes, problems, trees } = making
  return { routes, regexes, problems, wishes: trees.wishes() }
}

class Making {
  readonly routes: RouteDraft[] = []
  readonly regexes: RegexRoute[] = []
  readonly problems: ObjectProblem[] = []
  readonly trees: BackendTrees
  readonly #read: IngressRead
  readonly #closedHosts: Settled['closedHosts']
  readonly #surroundings: RouteSurroundings
  readonly #clients: readonly ClientRule[]
  /** For clients that may not come: they may read as much, where pages of other origins may read at all. */
  readonly #forbidden: readonly FilterSpec[]
  /** Those of annotations, with the question of `auth-url` among them. */
  readonly #steps: readonly FilterSpec[]
  /** The route's filters answer every request, so that it leads nowhere. */
  readonly #answers: boolean
  /** Filters by the host's need of a redirect, shared by its routes. */
  readonly #filters = new Map<string, readonly FilterSpec[]>()
  #hasToldOfTls = false
  #hasToldOfRoutes = false

  constructor({ read, closedHosts }: Settled, surroundings: RouteSurroundings) {
    this.#read = read
    this.#closedHosts = closedHosts
    this.#surroundings = surroundings
    const { nginx, route, blocked } = read.annotations
    this.trees = new BackendTrees(blocked === undefined ? 'served' : 'told', this.problems)
    this.#clients = clientRules(nginx, route.match.clients)
    const cors = route.filters.filter(({ kind }) => kind === 'cors')
    this.#forbidden = cors.length === 0 ? forbidden : [...cors, ...forbidden]
    this.#steps = this.#asking()
    this.#answers = route.filters.some(({ kind }) => kind === 'redirect' || kind === 'respond')
  }

  path(served: ServedPath): void {
    const { path, isRegex } = served
    const match = isRegex ? nginxMatch(path.text) : path.match
    if (match instanceof Flaw) return this.#refusePath(path, match)
    const rewrite = isRegex ? this.#rewrite(path.text) : undefined
    if (rewrite instanceof Flaw) return this.#refusePath(path, rewrite)
    const drafts = this.#drafts(
      { host: path.host, match, field: path.field, suffix: '' },
      rewrite,
      this.#targets(served),
    )
    for (const draft of drafts) {
      if (isRegex) this.regexes.push({ draft, length: path.text.length })
      else this.routes.push(draft)
    }
  }

  /** Sends requests for `/` alone elsewhere. */
  root(host: string): void {
    const { appRoot } = this.#read.annotations.nginx
    const value = appRoot === undefined ? undefined : pathText.read(appRoot, noSecrets)
    const field = 'metadata.annotations[nginx.ingress.kubernetes.io/app-root]'
    if (value === undefined || value instanceof Flaw) {
      if (value !== undefined)
        this.#tell(
          field,
          refused('AnnotationInvalid', `app-root ${quoted(appRoot ?? '')} ${value.message}`, value.remedy),
        )
      return
    }
    const redirect: FilterSpec = {
      kind: 'redirect',
      redirect: {
        status: 302,
        scheme: undefined,
        host: undefined,
        port: undefined,
        path: { kind: 'full', value },
        query: 'drop',
      },
    }
    const place = { host, match: { kind: 'exact', value: '/' }, field, suffix: '' } as const
    this.routes.push(...this.#drafts(place, redirect, { main: neg, part: undefined }))
  }

  /** Everything of a host that no path takes. */
  rest(host: string): void {
    const backend = this.#read.ingress.defaultBackend
    if (backend === undefined) return
    const place = {
      host,
      match: { kind: 'segments', value: '/' },
      field: 'spec.defaultBackend',
      suffix: ' (default)',
    } as const
    const main = this.#answers ? neg : this.trees.tree(this.#read, backend, 'spec.defaultBackend')
    this.routes.push(...this.#drafts(place, undefined, { main, part: undefined }))
  }

  /** A path of which nothing is served: what is wrong with its backend is told all the same. */
  told({ backend, field }: PathRead): void {
    if (!this.#answers) this.trees.tree(this.#read, backend, `${field}.backend`)
  }

  #refusePath({ field, text }: PathRead, { message, remedy }: Flaw): void {
    this.#tell(`${field}.path`, refused('PathInvalid', `path ${quoted(text)} ${message}`, remedy))
  }

  #targets({ path, canary }: ServedPath): Targets {
    const main = this.#answers ? neg : this.trees.tree(this.#read, path.backend, `${path.field}.backend`)
    const asked = canary?.read.annotations.nginx.canary
    if (canary === undefined || asked === undefined || this.#answers) return { main, part: undefined }
    const tree = this.trees.tree(canary.read, canary.path.backend, `${canary.path.field}.backend`)
    return { main, part: { canary: asked, tree } }
  }

  #rewrite(path: string): FilterSpec | Flaw | undefined {
    const { nginx, route } = this.#read.annotations
    const isRewritten = route.filters.some((filter) => filter.kind === 'rewrite' && filter.path !== undefined)
    if (nginx.rewriteTarget === undefined || isRewritten || this.#answers) return undefined
    const pattern = rewritePattern(path)
    const why = regexProblem(pattern)
    if (why !== undefined) return new Flaw(`cannot be rewritten: ${why}`, 'write a shorter one')
    const replacement = rewriteReplacement(nginx.rewriteTarget)
    return { kind: 'rewrite', path: { kind: 'regex', pattern, replacement }, host: undefined }
  }

  /** One route for each kind of client and each kind of request that goes a way of its own. */
  #drafts(place: Place, last: FilterSpec | undefined, targets: Targets): RouteDraft[] {
    const blocked = this.#read.annotations.blocked ?? this.#closedHosts.get(place.host)
    if (blocked !== undefined) return [this.#draft(place, { filters: closed(blocked), target: neg })]
    const filters =
      last === undefined ? this.#filtersFor(place.host) : [...this.#filtersFor(place.host), last]
    const drafts: RouteDraft[] = []
    const rules = canaryRules(targets.part?.canary)
    if (this.#isTooMany(rules.length * this.#clients.length)) {
      return [this.#draft(place, { filters: closed('there are too many routes'), target: neg })]
    }
    for (const rule of rules) {
      for (const { clients, kind } of this.#clients) {
        const isOpen = kind === 'pass'
        const target = isOpen ? canaryTarget(rule.goes, targets.main, targets.part) : neg
        drafts.push(
          this.#draft(place, { filters: isOpen ? filters : this.#forbidden, target, rule, clients }),
        )
      }
    }
    return drafts
  }

  /** Routes of a path are cut to one that is closed: without its clients it would be open to everybody. */
  #isTooMany(more: number): boolean {
    if (more === 1 || this.routes.length + this.regexes.length + more <= mostRoutes) return false
    if (!this.#hasToldOfRoutes) this.#tell('spec.rules', tooManyRoutes())
    this.#hasToldOfRoutes = true
    return true
  }

  #draft({ host, match: path, field, suffix }: Place, parts: DraftParts): RouteDraft {
    const { ref, annotations } = this.#read
    const { match: asked, filters: _, ...rest } = annotations.route
    const { headers = [], cookies = [] } = parts.rule ?? {}
    const match = {
      path,
      methods: asked.methods,
      headers: headers.length === 0 ? asked.headers : [...asked.headers, ...headers],
      cookies: cookies.length === 0 ? asked.cookies : [...asked.cookies, ...cookies],
      query: asked.query,
      clients: parts.clients ?? asked.clients,
      listeners: asked.listeners,
    }
    const hosts = [host]
    const id = `ingress/${ref.namespace}/${ref.name}/${derivedId(hosts, match)}${suffix}`
    const { listeners } = this.#surroundings.settings
    const content = {
      id,
      hosts,
      match: asked.listeners.length > 0 ? match : { ...match, listeners },
      filters: parts.filters,
      target: parts.target,
      timeouts: rest.timeouts,
      retry: rest.retry,
      upgrade: rest.upgrade,
      body: rest.body,
      accessLog: rest.accessLog,
    }
    return { origin: originOf(ref, field), content }
  }

  #asking(): readonly FilterSpec[] {
    const { nginx, route } = this.#read.annotations
    if (nginx.auth === undefined) return route.filters
    const wish = authWish(nginx.auth, this.#read.ingress.meta.namespace)
    this.trees.ask(wish, this.#read, authUrlField)
    return withAuth(route.filters, nginx.auth, wish)
  }

  #filtersFor(host: string): readonly FilterSpec[] {
    const known = this.#filters.get(host)
    if (known !== undefined) return known
    const redirect = httpsRedirect(this.#read, host, this.#surroundings)
    if (redirect === 'no listener') this.#tellOfTls()
    const filters = this.#steps
    const all = typeof redirect === 'object' ? [redirect, ...filters] : filters
    this.#filters.set(host, all)
    return all
  }

  #tellOfTls(): void {
    if (this.#hasToldOfTls) return
    this.#hasToldOfTls = true
    const message =
      'plain requests are not redirected to https: none of the listeners of this Ingress carries TLS'
    const remedy = 'add a listener with "tls", or switch the redirect off'
    this.#tell('spec.tls', warning('TlsListenerMissing', message, remedy))
  }

  #tell(field: string, flaw: ObjectFlaw): void {
    this.problems.push(problemAt(this.#read.ref, field, flaw))
  }
}

interface Place {
  readonly host: string
  readonly match: PathMatch
  readonly field: string
  /** Stands behind the id. */
  readonly suffix: string
}

interface DraftParts {
  readonly filters: readonly FilterSpec[]
  readonly target: NameTree<string>
  readonly rule?: CanaryRule
  readonly clients?: readonly string[]
}

/** Where requests go, and where a canary takes its part of them. */
interface Targets {
  readonly main: NameTree<string>
  readonly part: CanaryPart | undefined
}

const authUrlField = 'metadata.annotations[nginx.ingress.kubernetes.io/auth-url]'
const neg: NameTree<string> = { kind: 'neg' }
const forbidden: readonly FilterSpec[] = [
  {
    kind: 'refuse',
    status: 403,
    reason: 'client_refused',
    why: 'annotations of the Ingress leave this address out',
  },
]
/** What protects the route cannot be obeyed, and open it must not be. */
function closed(why: string): readonly FilterSpec[] {
  return [{ kind: 'refuse', status: 503, reason: 'route_blocked', why }]
}
