import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlPlanePrograms, controlPlanePrograms } from './binaries.ts'
import { Daemon } from './daemon.ts'
import { eventually } from './eventually.ts'
import { KubeAccess, type KubeLocation, writeKubeconfig } from './kube-access.ts'
import { reservedPort } from './reserved-port.ts'

export interface ControlPlaneOptions {
  /** Controllers of kube-controller-manager to run: `['deployment', 'replicaset']`; none, and no such process, without. */
  readonly controllers?: readonly string[]
  /** More flags of kube-apiserver. */
  readonly apiServerFlags?: readonly string[]
}

/** Of the pod range: the server refuses to advertise loopback. */
const advertised = '10.244.0.1'

/**
 * A real etcd and kube-apiserver on free ports of the loopback, with their data in a folder that goes with them. Must run where
 * 10.244.0.0/16 is local (`test/support/kubernetes/network.ts`) when tests make endpoints.
 */
export class ControlPlane implements AsyncDisposable {
  readonly folder: string
  readonly url: string
  readonly adminToken = 'admin-token'
  readonly #options: ControlPlaneOptions
  readonly #programs: ControlPlanePrograms
  readonly #ports: Ports
  #etcd: Daemon | undefined
  #apiServer: Daemon | undefined
  #controllers: Daemon | undefined
  #access: KubeAccess | undefined
  #beside: { readonly daemon: Daemon; readonly access: KubeAccess } | undefined

  private constructor(options: ControlPlaneOptions, programs: ControlPlanePrograms, ports: Ports) {
    this.#options = options
    this.#programs = programs
    this.#ports = ports
    this.folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`))
    this.url = `https://127.0.0.1:${ports.api}`
  }

  /** Starts one; resolves when the API is ready, about a second later. */
  static async start(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
    removeOrphanedFolders()
    const programs = await controlPlanePrograms()
    const ports = {
      etcd: await reservedPort(),
      peer: await reservedPort(),
      api: await reservedPort(),
      controllers: await reservedPort(),
    }
    const plane = new ControlPlane(options, programs, ports)
    try {
      await plane.#startAll()
      return plane
    } catch (error) {
      await plane[Symbol.asyncDispose]()
      throw error
    }
  }

  /** How tests reach it. */
  get access(): KubeAccess {
    this.#access ??= new KubeAccess(this.location)
    return this.#access
  }

  get location(): KubeLocation {
    return {
      url: this.url,
      adminToken: this.adminToken,
      caFile: join(this.folder, 'certs/apiserver.crt'),
      kubeconfig: join(this.folder, 'kubeconfig'),
      folder: this.folder,
    }
  }

  /** Starts the API server, again on the same port and data; resolves when it is ready. */
  async startApiServer(): Promise<void> {
    const apiServer = this.#start('apiserver', this.#apiServerFlags())
    this.#apiServer = apiServer
    await ready(apiServer, 'the API server is ready', async () => {
      await this.access.client.request('GET', '/readyz')
      return true
    })
  }

  /** Kills it as a crash would: connections are reset, the port refuses. */
  async killApiServer(): Promise<void> {
    await this.#apiServer?.kill()
  }

  /** Stops it in its tracks: connections stay open, and the port accepts, but nothing is answered. */
  /** Resolves when nothing of it runs any more. */
  async pauseApiServer(): Promise<void> {
    await this.#apiServer?.pause()
  }

  continueApiServer(): void {
    this.#apiServer?.signal('SIGCONT')
  }

  /**
   * Another API server on the same data, as there are several in large clusters: it takes writes while the first one is away. The same
   * one at each call.
   */
  async besides(): Promise<KubeAccess> {
    if (this.#beside !== undefined) return this.#beside.access
    const port = await reservedPort()
    const daemon = this.#start('apiserver', { ...this.#apiServerFlags(), 'secure-port': String(port) })
    const access = new KubeAccess({ ...this.location, url: `https://127.0.0.1:${port}` })
    this.#beside = { daemon, access }
    await ready(daemon, 'the other API server is ready', async () => {
      await access.client.request('GET', '/readyz')
      return true
    })
    return access
  }

  /** Makes etcd forget all history: after a restart of the API server, which remembers some of it, older versions answer 410 Gone. */
  async compact(): Promise<void> {
    const { header } = (await this.#askEtcd('/v3/kv/range', { key: 'AA==' })) as {
      header: { revision: string }
    }
    await this.#askEtcd('/v3/kv/compaction', { revision: header.revision, physical: true })
  }

  /** Ends everything and removes the folder. */
  async stop(): Promise<void> {
    this.#access?.[Symbol.dispose]()
    await this.#controllers?.kill()
    await this.#apiServer?.kill()
    this.#beside?.access[Symbol.dispose]()
    await this.#beside?.daemon.kill()
    await this.#etcd?.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** The server may be in the middle of writing its certificate: what was read of it then is no use, and it is read again. */
  async #askReady(): Promise<void> {
    try {
      await this.access.client.request('GET', '/readyz')
    } catch (error) {
      this.#access?.[Symbol.dispose]()
      this.#access = undefined
      throw error
    }
  }

  async #startAll(): Promise<void> {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const pem = key.export({ type: 'pkcs1', format: 'pem' })
    writeFileSync(join(this.folder, 'accounts.key'), pem, { mode: 0o600 })
    writeFileSync(join(this.folder, 'tokens.csv'), `${this.adminToken},admin,admin,"system:masters"\n`)
    this.#etcd = this.#start('etcd', this.#etcdFlags())
    this.#apiServer = this.#start('apiserver', this.#apiServerFlags())
    const { apiServer, etcd } = { apiServer: this.#apiServer, etcd: this.#etcd }
    await ready(apiServer, 'the API server is ready', async () => {
      if (etcd.hasEnded) throw new Error(`etcd has ended:\n${etcd.lastWords}`)
      await this.#askReady()
      return true
    })
    writeKubeconfig(this.location.kubeconfig, { ...this.location, user: { token: this.adminToken } })
    if (this.#options.controllers !== undefined) {
      this.#controllers = this.#start('controllers', this.#controllerFlags(this.#options.controllers))
    }
  }

  #start(part: 'etcd' | 'apiserver' | 'controllers', flags: Readonly<Record<string, string>>): Daemon {
    const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
    const more = part === 'apiserver' ? (this.#options.apiServerFlags ?? []) : []
    return Daemon.start(
      [...this.#programs.command(part), ...words, ...more],
      join(this.folder, `${part}.log`),
    )
  }

  #etcdFlags(): Record<string, string> {
    const [clients, peers] = [this.#ports.etcd, this.#ports.peer].map((port) => `http://127.0.0.1:${port}`)
    return {
      'data-dir': join(this.folder, 'etcd'),
      'listen-client-urls': clients ?? '',
      'advertise-client-urls': clients ?? '',
      'listen-peer-urls': peers ?? '',
      'initial-advertise-peer-urls': peers ?? '',
      'initial-cluster': `default=${peers}`,
      'unsafe-no-fsync': 'true',
      'log-level': 'error',
    }
  }

  #apiServerFlags(): Record<string, string> {
    const accounts = join(this.folder, 'accounts.key')
    return {
      'etcd-servers': `http://127.0.0.1:${this.#ports.etcd}`,
      'cert-dir': join(this.folder, 'certs'),
      'secure-port': String(this.#ports.api),
      'bind-address': '127.0.0.1',
      'advertise-address': advertised,
      'service-cluster-ip-range': '10.96.0.0/16',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-signing-key-file': accounts,
      'service-account-key-file': accounts,
      'authorization-mode': 'RBAC',
      'token-auth-file': join(this.folder, 'tokens.csv'),
      'allow-privileged': 'true',
      ...(this.#options.controllers === undefined ? { 'disable-admission-plugins': 'ServiceAccount' } : {}),
    }
  }

  #controllerFlags(names: readonly string[]): Record<string, string> {
    return {
      kubeconfig: this.location.kubeconfig,
      controllers: names.join(','),
      'service-account-private-key-file': join(this.folder, 'accounts.key'),
      'leader-elect': 'false',
      'bind-address': '127.0.0.1',
      'secure-port': String(this.#ports.controllers),
      'cert-dir': join(this.folder, 'controller-certs'),
    }
  }

  /** etcd's JSON gateway. */
  #askEtcd(path: string, body: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const to = { host: '127.0.0.1', port: this.#ports.etcd, path, method: 'POST', agent: false }
      const sent = request(to, (response) => {
        let text = ''
        response.on('data', (piece) => {
          text += String(piece)
        })
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text))
          else reject(new Error(`etcd ${path}: ${response.statusCode} ${text}`))
        })
      })
      sent.on('error', reject)
      sent.end(JSON.stringify(body))
    })
  }
}

interface Ports {
  readonly etcd: number
  readonly peer: number
  readonly api: number
  readonly controllers: number
}

/** Resolves when the probe succeeds. @throws {Error} with its last words when the program has ended instead. */
async function ready(daemon: Daemon, what: string, probe: () => Promise<boolean>): Promise<void> {
  let isOver = false
  await eventually(async () => {
    isOver = daemon.hasEnded
    return isOver || (await probe())
  }, what)
  if (isOver) throw new Error(`waited in vain until ${what}, its process has ended:\n${daemon.lastWords}`)
}

const folderPrefix = 'tidegate-control-plane-'

/** Removes what processes that were killed could not. */
function removeOrphanedFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(folderPrefix)) continue
    const pid = Number(name.slice(folderPrefix.length).split('-')[0])
    const folder = join(tmpdir(), name)
    const isOurs = statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.()
    if (isOurs && !isRunning(pid)) rmSync(folder, { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
