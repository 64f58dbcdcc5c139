import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { envoyProgram } from './envoy.ts'
import { testFolder } from './folder.ts'
import { freePort } from './free-port.ts'

const types = 'type.googleapis.com/envoy.extensions'
const httpOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** The real Envoy with its ext_authz filter in front of an origin, for comparing. */
export class EnvoyWithAuthz implements AsyncDisposable {
  readonly port: number
  /** The same with the first 10 bytes of bodies. */
  readonly bodyPort: number
  readonly #child: ChildProcess
  readonly #folder: Disposable

  private constructor(ports: readonly [number, number], child: ChildProcess, folder: Disposable) {
    ;[this.port, this.bodyPort] = ports
    this.#child = child
    this.#folder = folder
  }

  static async start(authz: number, origin: number): Promise<EnvoyWithAuthz> {
    const folder = testFolder()
    const [port, bodyPort] = [await freePort(), await freePort()]
    const body = { max_request_bytes: 10, allow_partial_message: true }
    const resources = {
      listeners: [listener(port, {}), listener(bodyPort, { with_request_body: body })],
      clusters: [cluster('origin', origin, 'http/1.1'), cluster('authz', authz, 'h2')],
    }
    const file = folder.write('envoy.json', JSON.stringify({ static_resources: resources }))
    const args = ['-c', file, '--concurrency', '1', '--log-level', 'error', '--disable-hot-restart']
    const child = spawn(envoyProgram(), args, { stdio: ['ignore', 'ignore', 'inherit'] })
    await Promise.all([port, bodyPort].map((one) => listening(one, child)))
    return new EnvoyWithAuthz([port, bodyPort], child, folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    this.#folder[Symbol.dispose]()
  }
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`envoy ended with ${child.exitCode} before it listened`)
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await pause(20)
  }
}

function listener(port: number, more: object): object {
  const manager = {
    '@type': `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    codec_type: 'HTTP1',
    use_remote_address: true,
    server_header_transformation: 'PASS_THROUGH',
    route_config: {
      name: 'r',
      virtual_hosts: [
        { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'origin' } }] },
      ],
    },
    http_filters: [
      {
        name: 'envoy.filters.http.ext_authz',
        typed_config: {
          '@type': `${types}.filters.http.ext_authz.v3.ExtAuthz`,
          transport_api_version: 'V3',
          grpc_service: { envoy_grpc: { cluster_name: 'authz' }, timeout: '5s' },
          status_on_error: { code: 'ServiceUnavailable' },
          ...more,
        },
      },
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': `${types}.filters.http.router.v3.Router` },
      },
    ],
  }
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
  return { name: `l${port}`, address: socket(port), filter_chains: [{ filters: [filter] }] }
}

function cluster(name: string, port: number, protocol: 'http/1.1' | 'h2'): object {
  const options = {
    '@type': `${types}.upstreams.http.v3.HttpProtocolOptions`,
    explicit_http_config: { http2_protocol_options: {} },
  }
  return {
    name,
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(port) } }] }],
    },
    ...(protocol === 'h2' ? { typed_extension_protocol_options: { [httpOptions]: options } } : {}),
  }
}

function socket(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
