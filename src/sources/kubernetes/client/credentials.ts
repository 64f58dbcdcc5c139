import { createHash } from 'node:crypto'
import type { Agent } from 'node:http'
import type { RequestOptions } from 'node:https'
import { join } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../../../std/clock.ts'
import { quoted } from '../../../std/quoted.ts'
import type { Ms } from '../../../std/units.ts'
import { CredentialsError, type CredentialsPlace, readKubeconfigs } from './kubeconfig.ts'

/** What a request to the API server needs. */
export interface Access {
  /** Host and port, and what stands before every path. */
  readonly server: URL
  readonly tls: TlsSide
  readonly headers: Readonly<Record<string, string>>
  /** Connects through the proxy that the kubeconfig names; `undefined` without one. */
  readonly proxyAgent: Agent | undefined
  /** The same for the same server and TLS: connections of one may serve the other. */
  readonly connectionId: string
}

export type TlsSide = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>

/** Tokens and authorities in files are replaced about once an hour; client-go looks every minute too. */
const readAgainEvery: Ms = 60_000

export interface CredentialsDeps {
  readonly place: CredentialsPlace
  readonly context: string | undefined
  readonly clock: Clock
  readonly makeConfig: () => KubeConfig
}

/** Credentials as they are now: files are read again each minute, and when the API server refuses them. */
export class Credentials {
  readonly #deps: CredentialsDeps
  #config: KubeConfig | undefined
  #access: Access | undefined
  #readAt = 0
  #reading: Promise<Access> | undefined

  constructor(deps: CredentialsDeps) {
    this.#deps = deps
  }

  /**
   * Those to ask with now. What was read before serves on when it cannot be read again.
   *
   * @throws {CredentialsError} when they could not be read at all.
   */
  current(): Promise<Access> {
    const isOld = this.#deps.clock.now() - this.#readAt >= readAgainEvery
    if (this.#access !== undefined && !isOld) return Promise.resolve(this.#access)
    return this.#read('keep')
  }

  /** Reads them again, because `failed` did not do; what has been read since then serves at once. */
  renew(failed: Access): Promise<Access> {
    if (this.#access !== undefined && this.#access !== failed && this.#reading === undefined)
      return Promise.resolve(this.#access)
    return this.#read('anew')
  }

  /** One reading at a time, for all who wait. */
  #read(session: 'keep' | 'anew'): Promise<Access> {
    this.#reading ??= this.#take(session).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #take(session: 'keep' | 'anew'): Promise<Access> {
    try {
      // A credential plug-in costs a process each time, and says itself how long its token is good for.
      const keepsSession = session === 'keep' && this.#config?.getCurrentUser()?.exec
      const config = keepsSession && this.#config !== undefined ? this.#config : this.#load()
      const access = await accessOf(config)
      this.#config = config
      this.#access = access
      this.#readAt = this.#deps.clock.now()
      return access
    } catch (error) {
      if (this.#access === undefined) throw error
      this.#readAt = this.#deps.clock.now()
      return this.#access
    }
  }

  #load(): KubeConfig {
    const { place, context, makeConfig } = this.#deps
    const config = makeConfig()
    if (place.kind === 'service account') loadServiceAccount(config, place)
    else loadKubeconfig(config, place.files)
    if (context !== undefined) config.setCurrentContext(context)
    checkContext(config, place)
    return config
  }
}

function loadServiceAccount(
  config: KubeConfig,
  { folder, server }: Extract<CredentialsPlace, { kind: 'service account' }>,
): void {
  const name = 'service-account'
  config.loadFromOptions({
    clusters: [{ name, server, caFile: join(folder, 'ca.crt'), skipTLSVerify: false }],
    users: [{ name, authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  })
}

function loadKubeconfig(config: KubeConfig, files: readonly string[]): void {
  const parsed = readKubeconfigs(files)
  try {
    config.loadFromString(JSON.stringify(parsed))
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error'
    throw new CredentialsError(`kubeconfig ${namesOf(files)} cannot be used: ${quoted(why, 200)}; correct it`)
  }
}

function checkContext(config: KubeConfig, place: CredentialsPlace): void {
  const where = place.kind === 'kubeconfig' ? namesOf(place.files) : quoted(place.folder)
  const names = config.contexts.map(({ name }) => quoted(name)).join(', ')
  // JSON that stood in the place of a name is no name.
  const current: unknown = config.getCurrentContext()
  if (typeof current !== 'string' || current === '')
    throw new CredentialsError(
      `kubeconfig ${where} has no current context; choose one of ${names || 'none'} with "kubectl config use-context NAME" or the setting "context"`,
    )
  if (config.getContextObject(current) === null)
    throw new CredentialsError(
      `kubeconfig ${where} has no context ${quoted(current)}; it has ${names || 'none'}`,
    )
  if (config.getCurrentCluster() === null)
    throw new CredentialsError(
      `kubeconfig ${where}: the cluster that context ${quoted(current)} names does not exist; correct the context`,
    )
}

async function accessOf(config: KubeConfig): Promise<Access> {
  const cluster = config.getCurrentCluster()
  const server = URL.parse(cluster?.server ?? '')
  if (cluster === null || server === null || !/^https?:$/.test(server.protocol))
    throw new CredentialsError(
      `the kubeconfig's server ${quoted(cluster?.server ?? '')} is no URL; write https://HOST:PORT`,
    )
  if (server.protocol === 'http:' && !cluster.skipTLSVerify && !isLoopback(server.hostname))
    throw new CredentialsError(
      `the kubeconfig's server ${quoted(cluster.server)} would get our credentials without TLS; write https://HOST:PORT`,
    )
  const options: RequestOptions = {}
  await apply(config, options)
  const headers = headersOf(options)
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options
  const tls = defined({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized })
  const isProxied = cluster.proxyUrl !== undefined && cluster.proxyUrl !== ''
  const proxyAgent = isProxied && typeof options.agent === 'object' ? options.agent : undefined
  return { server, tls, headers, proxyAgent, connectionId: connectionId(server, tls, cluster.proxyUrl ?? '') }
}

async function apply(config: KubeConfig, options: RequestOptions): Promise<void> {
  const cluster = config.getCurrentCluster()
  try {
    // client-node refuses plain HTTP without the flag; `kubectl proxy` on this host is fine.
    if (cluster?.server.startsWith('http:') === true) {
      const open = { ...cluster, skipTLSVerify: true }
      config.clusters = config.clusters.map((one) => (one === cluster ? open : one))
    }
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error'
    throw new CredentialsError(`the credentials for the Kubernetes API cannot be read: ${quoted(why, 200)}`)
  }
}

function headersOf({ headers, auth }: RequestOptions): Readonly<Record<string, string>> {
  const given = Object.entries((headers ?? {}) as Record<string, unknown>).map(([name, value]) => [
    name.toLowerCase(),
    // The line end of a token file would be refused in a header.
    String(value).trim(),
  ])
  const basic = typeof auth === 'string' ? [['authorization', `Basic ${btoa(auth)}`]] : []
  return Object.fromEntries([...basic, ...given]) as Record<string, string>
}

function connectionId(server: URL, tls: TlsSide, proxy: string): string {
  const text = (value: unknown) => (Buffer.isBuffer(value) ? value.toString('base64') : value)
  const parts = [server.origin, proxy, ...Object.entries(tls).map(([name, value]) => [name, text(value)])]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

/** `undefined` would count as given where Node spreads options. */
function defined(side: { readonly [K in keyof TlsSide]: TlsSide[K] | undefined }): TlsSide {
  return Object.fromEntries(Object.entries(side).filter(([, value]) => value !== undefined))
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname)
}

function namesOf(files: readonly string[]): string {
  return files.map((file) => quoted(file, 200)).join(', ')
}
