import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, freePort, listening, measuredCpu, start, stop } from './children.ts'
import type { Contender } from './contender.ts'
import { launchHaproxy, launchNginx, nginxLocation } from './peer-processes.ts'

/** Whether all write an access log, to a file. */
export type Logging = 'on' | 'off'

/**
 * nginx, one worker, with what Tidegate does by default: a request id and the forwarded headers, upstream keep-alive.
 * `proxy_http_version` and an empty `Connection` are what its manual asks for to keep upstream connections.
 */
export function startNginx(origin: number, logging: Logging): Promise<Contender> {
  const format = `log_format j escape=json '{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method","host":"$host","path":"$uri","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"upstream":"$upstream_addr","id":"$request_id"}';`
  const log = (port: number): string =>
    logging === 'on'
      ? `${format} access_log ${folder}/nginx-${port}.log j buffer=64k flush=1s;`
      : 'access_log off;'
  return launchNginx(
    (port) => `  ${log(port)} keepalive_requests 1000000000;
  upstream u { server 127.0.0.1:${origin}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    ${nginxLocation}
  }`,
  )
}

/** HAProxy, one thread, with the same headers. Its log goes to a file by a pipe of ours when it is on. */
export function startHaproxy(origin: number, logging: Logging): Promise<Contender> {
  return launchHaproxy(
    (port) => `${logging === 'on' ? '  log stdout format raw local0\n' : ''}defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
${logging === 'on' ? '  log global\n  option httplog\n' : ''}frontend f
  bind 127.0.0.1:${port}
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port ${port}
  http-request set-header Via "1.1 haproxy"
  unique-id-format %[uuid]
  unique-id-header X-Request-Id
  default_backend b
backend b
  server s 127.0.0.1:${origin}
`,
  )
}

/** Caddy, with its own defaults for forwarded headers and a request id. */
export async function startCaddy(origin: number, logging: Logging): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, `Caddyfile-${port}`)
  const log = logging === 'on' ? `\tlog {\n\t\toutput file ${folder}/caddy-${port}.log\n\t}\n` : ''
  writeFileSync(
    file,
    `{\n\tadmin off\n\tauto_https off\n}\nhttp://127.0.0.1:${port}, http://bench.test:${port} {\n${log}\treverse_proxy 127.0.0.1:${origin} {\n\t\theader_up X-Request-Id {http.request.uuid}\n\t\ttransport http {\n\t\t\tkeepalive_idle_conns_per_host 256\n\t\t}\n\t}\n}\n`,
  )
  const child = start(measuredCpu, 'caddy', ['run', '--adapter', 'caddyfile', '--config', file])
  await listening(port, 'caddy')
  return { name: 'caddy', port, pids: () => [child.pid ?? 0], stop: () => stop(child) }
}
