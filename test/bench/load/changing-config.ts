import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type MadeCertificate, makeCa, serverCertificate } from '../../support/certificates.ts'
import { folder } from './children.ts'
import type { EchoPorts } from './echo-origins.ts'

/** Where the gateway listens, and what lies behind it. */
export interface Places {
  readonly plain: number
  readonly secure: number
  readonly tcp: number
  readonly admin: number
  readonly origin: number
  readonly echo: EchoPorts
}

/** The authority of every certificate of the run. */
export const ca: MadeCertificate = makeCa()
const cert = join(folder, 'changing.crt')
const key = join(folder, 'changing.key')

/** What is changed in turn, and how; `n` is the number of the change. */
const kinds: readonly (readonly [what: string, change: (state: State, n: number) => void])[] = [
  ['a route is added', (state, n) => state.hosts.push(`h${n}.test`)],
  ['a cluster is added, the weight of an endpoint changes', (state, n) => (state.clusters = n)],
  ['the certificate is replaced', () => writeCertificate()],
  ['limits of every listener change', (state, n) => (state.limit = n)],
  ['the TLS policy of the listener changes', (state, n) => (state.policy = n)],
  ['the routes and the cluster of the websockets get other names', (state, n) => (state.names = n)],
  ['the settings of the TCP listener and its cluster change', (state, n) => (state.tcp = n)],
  ['a listener is added, the one before goes', (state, n) => (state.extra = n)],
]

interface State {
  revision: number
  readonly hosts: string[]
  clusters: number
  limit: number
  policy: number
  names: number
  tcp: number
  extra: number
}

/** A configuration that changes step by step, so that each kind of change comes again and again. */
export class ChangingConfig {
  readonly #places: Places
  readonly #state: State = {
    revision: 0,
    hosts: [],
    clusters: 0,
    limit: 0,
    policy: 0,
    names: 0,
    tcp: 0,
    extra: 0,
  }

  constructor(places: Places) {
    this.#places = places
    writeCertificate()
  }

  get revision(): number {
    return this.#state.revision
  }

  /** Makes the next change; says what it was. */
  next(): string {
    const n = ++this.#state.revision
    const [what, change] = kinds[(n - 1) % kinds.length] ?? ['nothing', () => {}]
    change(this.#state, n)
    return what
  }

  text(): string {
    return stringify({
      listeners: this.#listeners(),
      routes: this.#routes(),
      clusters: this.#clusters(),
      admin: { address: `127.0.0.1:${this.#places.admin}` },
      drain: { timeout: '12s', websockets: '4s' },
      accessLog: { to: 'off' },
      log: { level: 'warn' },
    })
  }

  #listeners(): unknown[] {
    const { limit, policy, tcp, extra } = this.#state
    const { plain, secure, tcp: tcpPort } = this.#places
    const shared = {
      limits: { keepAliveIdle: `${60 + limit}s`, head: `${16 + (limit % 8)}KiB`, fields: 100 + limit },
      http2: { streams: 100 + limit },
    }
    const tls = {
      certificates: [{ cert, key }],
      curves: policy % 16 === 5 ? ['X25519'] : ['X25519', 'P-256'],
      minVersion: policy % 3 === 1 ? 'TLSv1.3' : 'TLSv1.2',
      tickets: { mode: policy % 2 === 0 ? 'on' : 'off' },
    }
    return [
      { name: 'web', address: `127.0.0.1:${plain}`, ...shared },
      { name: 'web-tls', address: `127.0.0.1:${secure}`, ...shared, tls },
      { name: 'db', address: `127.0.0.1:${tcpPort}`, tcp: { to: `db-${tcp}`, idle: `${60 + tcp}m` } },
      ...(extra === 0 ? [] : [{ name: `extra-${extra}`, address: '127.0.0.1:0' }]),
    ]
  }

  #routes(): unknown[] {
    const { revision, hosts, names } = this.#state
    const upgrade = { idle: `${30 + names}m` }
    return [
      { to: 'origin' },
      { path: { exact: '/revision' }, filters: [{ respond: { body: String(revision) } }] },
      { name: `ws-${names}`, path: '/ws', to: `ws-${names}`, upgrade },
      { name: `echo-${names}`, path: '/bench.Echo', to: 'grpc' },
      ...hosts.map((host) => ({ hosts: [host], to: 'origin' })),
    ]
  }

  #clusters(): Record<string, unknown> {
    const { clusters, names, tcp } = this.#state
    const { origin, echo } = this.#places
    const address = (port: number): string => `127.0.0.1:${port}`
    return {
      origin: { endpoints: [{ address: address(origin), weight: 1 + (clusters % 7) }] },
      [`ws-${names}`]: { endpoints: [address(echo.websocket)] },
      grpc: { endpoints: [address(echo.grpc)], protocol: 'h2' },
      [`db-${tcp}`]: { endpoints: [address(echo.tcp)] },
      ...(clusters === 0 ? {} : { [`other-${clusters}`]: { endpoints: [address(origin)] } }),
    }
  }
}

function writeCertificate(): void {
  const made = serverCertificate(ca, ['bench.test'])
  writeFileSync(cert, made.pem)
  writeFileSync(key, made.keyPem)
}
