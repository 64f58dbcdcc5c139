import { fastify, LogController } from 'fastify'
import type { ExtensionModule } from '../model/filters/extension.ts'
import type {
  ExtensionCall,
  ExtensionEvents,
  ExtensionLog,
  ExtensionRequest,
  RunningExtensions,
} from './call.ts'
import { answerError } from './host/error-answers.ts'
import { addFetchExtension } from './host/fetch-hooks.ts'
import { type CallKeeper, HostedCall } from './host/hosted-call.ts'
import { hostedLogger } from './host/log.ts'
import { moduleForm } from './host/module-form.ts'
import { addProxiedRoute } from './host/proxied-route.ts'
import { SyntheticRequest } from './host/request.ts'
import { describeFailure, startFailure } from './start-failure.ts'

type App = ReturnType<typeof newApp>

/** How long a plugin may take to start before Fastify names it as the one that did not. */
const pluginMs = 50_000

/** Longest path parameter; the gateway has limits of its own. */
const longestParameter = 65_536

/**
 * Runs modules in one Fastify app of this thread that never listens: requests are handed to its router, and what no extension answers
 * goes through @fastify/http-proxy to the cluster. See `StartExtensions`.
 */
export async function startExtensions(
  modules: readonly ExtensionModule[],
  load: (module: ExtensionModule) => Promise<unknown>,
  log?: ExtensionLog,
): Promise<RunningExtensions> {
  const app = newApp(log)
  try {
    // Error handlers of extensions replace ours, and may throw to it: it is one context above.
    await app.register(async (inner) => {
      for (const module of modules) {
        const form = moduleForm(await load(module), module.name)
        const options = structuredClone(module.options)
        if (form.kind === 'fetch') addFetchExtension(inner, form.extension, { options, log })
        else await inner.register(form.plugin, options)
      }
      await addProxiedRoute(inner)
    })
    await app.ready()
  } catch (error) {
    await close(app).catch(() => undefined)
    throw error
  }
  return new FastifyHost(app, modules)
}

function newApp(log: ExtensionLog | undefined) {
  const app = fastify({
    pluginTimeout: pluginMs,
    routerOptions: { maxParamLength: longestParameter },
    requestIdHeader: false,
    // An extension may ask its own app by `inject`.
    genReqId: (raw) => (raw instanceof SyntheticRequest ? raw.given.requestId : 'inject'),
    // The access log is the gateway's.
    logController: new LogController({ disableRequestLogging: true }),
  })
  app.setErrorHandler(answerError)
  // Not by Fastify's option, which costs every request two listeners.
  if (log !== undefined) {
    app.log = hostedLogger(log)
    app.setChildLoggerFactory((_logger, bindings) => hostedLogger(log, String(bindings['reqId'])))
  }
  return app
}

/** Fastify closes servers that listen; this one has a timer all the same. */
async function close(app: App): Promise<void> {
  await app.close()
  app.server.close()
}

/** An app that runs. */
class FastifyHost implements RunningExtensions, CallKeeper {
  readonly counters = {
    requests: 0,
    failures: { threw: 0, blocked: 0, died: 0, stopped: 0 },
    restarts: 0,
    open: 0,
    lagMs: 0,
  }
  readonly upgrades = 'carried'
  readonly #app: App
  readonly #files: readonly string[]
  #isClosed = false

  constructor(app: App, modules: readonly ExtensionModule[]) {
    this.#app = app
    this.#files = modules.map(({ file }) => file)
  }

  get unavailable(): string | undefined {
    return this.#isClosed ? 'it was stopped' : undefined
  }

  open(request: ExtensionRequest, events: ExtensionEvents): ExtensionCall | undefined {
    if (this.#isClosed) return undefined
    this.counters.requests += 1
    this.counters.open += 1
    const call = new HostedCall(request, events, this)
    try {
      this.#app.routing(call.request, call.response)
    } catch (error) {
      call.fail(error)
    }
    return call
  }

  over(): void {
    this.counters.open -= 1
  }

  threw(error: unknown): string {
    this.counters.failures.threw += 1
    return describeFailure(startFailure(error, this.#files))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await close(this.#app)
  }
}
