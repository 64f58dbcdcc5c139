import type { ExtensionModule } from '../model/filters/extension.ts'
import type { Route } from '../model/route.ts'
import type { Ms } from '../std/units.ts'

/**
 * What runs between the half that carries traffic and the extensions of a route: requests go in, come out again towards the
 * clusters, and so do their responses. The same whether the extensions run in this thread or in one of their own.
 *
 * Header lines are `name: value\r\n`, end-to-end only, without host and framing; text is latin1, a character a byte. Buffers that are
 * handed over belong to the receiver. What is told comes later than the call that caused it, or during it: both sides allow for either.
 */
export interface ExtensionHost {
  /**
   * Hands a request in.
   *
   * @returns `undefined` when nobody can take it: it starts anew, or has too much to do already.
   */
  open(request: ExtensionRequest, events: ExtensionEvents): ExtensionCall | undefined
  /**
   * Present where requests may ask to leave HTTP; such requests are refused without it. One has a line `upgrade: websocket` among its
   * fields, in `ExtensionRequest` as in `UpstreamRequest`, besides the other lines of its handshake, and a length of -1. A head with
   * status 101 and a line `upgrade` says yes: from then on `data` is bytes each way until `end`. Any other head is an ordinary
   * response; no body of the request comes then.
   */
  readonly upgrades?: 'carried'
  /** Why `open` would refuse; `undefined` when it would not. One phrase for the log and for explain. */
  readonly unavailable: string | undefined
}

/** A request on its way into extensions, as the filters in front of them left it. */
export interface ExtensionRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** The host header. */
  readonly authority: string
  readonly fields: string
  /** Bytes of the body that follows; 0 without one; -1 when nobody knows yet. */
  readonly length: number
  readonly clientAddress: string
  readonly scheme: 'http' | 'https'
  readonly requestId: string
  readonly route: string
}

/** What goes one way with backpressure: a body and its end. */
export interface BodySink {
  /** @returns false when no more should come until `drained` was told. */
  data(part: Buffer): boolean
  /** The body is complete; of an empty one too. */
  end(): void
  /** What was full is not any more. */
  drained(): void
  /** It ends here and nothing is told any more: the other side must not take what came for complete. */
  abort(): void
}

/** A request in extensions, as the half that carries traffic sees it. `data` and `end` are the request's body; `drained` is of the response's. */
export type ExtensionCall = BodySink

/** What extensions say of a request. `data` and `end` are the response's body; `drained` is of the request's. */
export interface ExtensionEvents extends BodySink {
  /**
   * The final response begins.
   *
   * @param length of its body; -1 when nobody knows. Where none follows (HEAD, 304) it is what `content-length` says, 0 or -1 without.
   */
  head(status: number, fields: string, length: number): void
  /** There is no response, or no whole one. Comes once, and last. */
  failed(why: ExtensionFailure, detail: string): void
  /**
   * The extensions let the request through to its cluster; at most once a request.
   *
   * @returns where the rest of it goes; `data` and `end` are the request's body, `drained` is of the response's.
   */
  upstream(request: UpstreamRequest, events: UpstreamEvents): BodySink
}

/**
 * `threw`: an extension failed or answered what is no response; `blocked`: its loop stood still; `died`: its thread ended, of memory
 * for example; `stopped`: it was taken away in the middle.
 */
export type ExtensionFailure = 'threw' | 'blocked' | 'died' | 'stopped'

/** A request on its way out of extensions to the cluster of its route. */
export interface UpstreamRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly authority: string
  readonly fields: string
  /** Bytes of the body that follows; 0 without one, whose end is told all the same; -1 when nobody knows yet. */
  readonly length: number
}

/** What becomes of a request that extensions let through. `data` and `end` are the response's body; `drained` is of the request's. */
export interface UpstreamEvents extends BodySink {
  /**
   * The final response begins: of the cluster, or of the gateway when the cluster has none.
   *
   * @param length of its body; -1 when nobody knows. Where none follows (HEAD, 304) it is what `content-length` says, -1 without.
   */
  head(status: number, fields: string, length: number): void
}

/** What a host counts; the object changes in place. */
export interface ExtensionCounters {
  readonly requests: number
  readonly failures: Readonly<Record<ExtensionFailure, number>>
  /** Starts after the first. */
  readonly restarts: number
  /** Requests inside at the moment. */
  readonly open: number
  /** How far its loop was behind when last asked; 0 in this thread. */
  readonly lagMs: Ms
}

/** The extensions of all routes in one process that carries traffic. Whoever made it closes it. */
export interface Extensions {
  /**
   * Starts what routes of a change name, beside what serves now; settles when all of it is ready or has failed, at the latest after
   * 10 s. Nothing is taken into service yet.
   */
  prepare(routes: readonly Route[]): Promise<void>
  /**
   * The host of a route that has extensions, from now on with what it says now: stays the same object as long as the route is there,
   * so that requests which came before the change find it too. What cannot start leaves the last that could in service.
   */
  host(route: Route): ExtensionHost
  /** Routes are gone, or have no extensions any more: what served them alone ends with its last request. */
  forget(change: { readonly put: readonly Route[]; readonly removed: readonly string[] }): void
}

/** Extensions that run in the thread they were started in. */
export interface RunningExtensions extends ExtensionHost {
  readonly counters: ExtensionCounters
  /** Takes no more requests, and settles when what the modules hold is given back. Called when none is open, or nobody waits for them. */
  close(): Promise<void>
}

/**
 * Loads modules by their files and starts them in this thread, in the order given: what comes in goes through all of them.
 *
 * The default export of a module is a Fastify plugin, or an object with a method `fetch(request, context)`, as workers of the web have it.
 *
 * @param load imports a module by its file, so that its imports are found and a file that was edited is another module.
 * @param log takes what extensions say by `fastify.log`, `request.log` and `context.log`; without it nobody hears that.
 * @throws what a module threw, when they cannot start.
 */
export type StartExtensions = (
  modules: readonly ExtensionModule[],
  load: (module: ExtensionModule) => Promise<unknown>,
  log?: ExtensionLog,
) => Promise<RunningExtensions>

/** @param requestId of the request it is about; `undefined` when it is about none. @param fields as the extension gave them. */
export type ExtensionLog = (
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
  message: string,
  fields: Readonly<Record<string, unknown>>,
  requestId: string | undefined,
) => void
