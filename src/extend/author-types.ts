import type { FastifyInstance } from 'fastify'
import type { Json } from '../model/filters/extension.ts'

// What authors of extensions write against; exported as `tidegate/extension`. Types alone: importing it costs nothing.

/** What stands under `options` in the configuration, when nothing more is known of it. */
export type ExtensionOptions = Readonly<Record<string, Json>>

/**
 * An extension that is a Fastify plugin, `async` or with `done`. Its hooks and decorators hold for what is proxied, and its routes
 * answer in the place of the cluster. Wrap it in `fastify-plugin` or not: without it, it is treated as if it were.
 *
 * ```ts
 * const greet: FastifyExtension<{ greeting: string }> = async (app, { greeting }) => {
 *   app.addHook('onSend', async (_request, reply) => void reply.header('x-greeting', greeting))
 * }
 * export default greet
 * ```
 */
export type FastifyExtension<Options extends object = ExtensionOptions> = (
  app: FastifyInstance,
  options: Options,
  done: (error?: Error) => void,
) => Promise<void> | void

/**
 * An extension in the types of the Fetch API.
 *
 * ```ts
 * export default {
 *   fetch(request, { options }) {
 *     if (new URL(request.url).pathname === '/teapot') return new Response('short and stout', { status: 418 })
 *   },
 * } satisfies FetchExtension
 * ```
 */
export interface FetchExtension<Options extends object = ExtensionOptions> {
  /**
   * Gets every request of the routes that name the extension.
   *
   * A Response answers. A Request goes on in the place of the one that came: its method, path, host, headers and body count. Nothing lets
   * the request go on as it came, even when its body was read here, up to 1 MiB of it.
   *
   * What it throws is answered with 500.
   */
  fetch(
    request: Request,
    context: ExtensionContext<Options>,
  ): Response | Request | undefined | void | Promise<Response | Request | undefined | void>
}

/** What an extension knows of a request beside the request. */
export interface ExtensionContext<Options extends object = ExtensionOptions> {
  /** The client's, after proxies that are trusted. */
  readonly clientAddress: string
  /** As in the access log. */
  readonly requestId: string
  /** Name of the route. */
  readonly route: string
  /** How the client came. */
  readonly scheme: 'http' | 'https'
  readonly options: Options
  readonly log: ExtensionLogger
  /** Something that goes on after the response: what it rejects with is logged, and nothing waits for it. */
  readonly waitUntil: (work: Promise<unknown>) => void
}

/** As `request.log` of Fastify: a message, or fields and a message. */
export interface ExtensionLogger {
  trace: ExtensionLogLine
  debug: ExtensionLogLine
  info: ExtensionLogLine
  warn: ExtensionLogLine
  error: ExtensionLogLine
  fatal: ExtensionLogLine
}

type ExtensionLogLine = (fields: unknown, message?: string, ...values: unknown[]) => void
