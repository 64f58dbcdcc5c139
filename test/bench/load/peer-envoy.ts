import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { envoyProgram } from '../../support/envoy.ts'
import { folder, freePort, listening, measuredCpu, start, stop } from './children.ts'
import type { Contender } from './contender.ts'
import type { Logging } from './peers.ts'

/** What Envoy speaks on both sides; `h2` is without TLS. */
export type EnvoyProtocol = 'http/1.1' | 'h2'

const types = 'type.googleapis.com/envoy.extensions'

/** Envoy with one worker thread, with the forwarded fields, a request id and `via`. */
export async function startEnvoy(
  origin: number,
  logging: Logging,
  protocol: EnvoyProtocol = 'http/1.1',
): Promise<Contender> {
  const program = envoyProgram()
  const port = await freePort()
  const file = join(folder, `envoy-${port}.json`)
  const resources = { listeners: [listener(port, logging, protocol)], clusters: [cluster(origin, protocol)] }
  writeFileSync(file, JSON.stringify({ static_resources: resources }))
  const args = ['-c', file, '--concurrency', '1', '--log-level', 'error', '--disable-hot-restart']
  const child = start(measuredCpu, program, args)
  await listening(port, 'envoy')
  return { name: 'envoy', port, pids: () => [child.pid ?? 0], stop: () => stop(child) }
}

function listener(port: number, logging: Logging, protocol: EnvoyProtocol): unknown {
  const manager = {
    '@type': `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    codec_type: protocol === 'h2' ? 'HTTP2' : 'HTTP1',
    use_remote_address: true,
    via: '1.1 envoy',
    route_config: {
      name: 'r',
      virtual_hosts: [
        { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'origin' } }] },
      ],
    },
    access_log: logging === 'on' ? [accessLog(port)] : [],
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': `${types}.filters.http.router.v3.Router` },
      },
    ],
  }
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
  return { name: 'l', address: socket(port), filter_chains: [{ filters: [filter] }] }
}

function accessLog(port: number): unknown {
  const to = { '@type': `${types}.access_loggers.file.v3.FileAccessLog`, path: `${folder}/envoy-${port}.log` }
  return { name: 'file', typed_config: to }
}

function cluster(origin: number, protocol: EnvoyProtocol): unknown {
  const options = {
    '@type': `${types}.upstreams.http.v3.HttpProtocolOptions`,
    explicit_http_config: { http2_protocol_options: {} },
  }
  const name = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
  return {
    name: 'origin',
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: 'origin',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(origin) } }] }],
    },
    ...(protocol === 'h2' ? { typed_extension_protocol_options: { [name]: options } } : {}),
  }
}

function socket(port: number): unknown {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
