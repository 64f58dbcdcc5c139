import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childrenOf, folder, freePort, listening, measuredCpu, start, stop } from './children.ts'
import type { Contender } from './contender.ts'

/** Whether all write an access log, to a file. */
export type Logging = 'on' | 'off'

/**
 * nginx, one worker, with what Tidegate does by default: a request id and the forwarded headers, upstream keep-alive.
 * `proxy_http_version` and an empty `Connection` are what its manual asks for to keep upstream connections.
 */
export async function startNginx(origin: number, logging: Logging): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, `nginx-${port}.conf`)
  const format = `log_format j escape=json '{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method","host":"$host","path":"$uri","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"upstream":"$upstream_addr","id":"$request_id"}';`
  const log =
    logging === 'on'
      ? `${format} access_log ${folder}/nginx-${port}.log j buffer=64k flush=1s;`
      : 'access_log off;'
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/nginx-${port}.pid; error_log ${folder}/nginx-${port}.err;
events { worker_connections 16384; }
http {
  ${log} keepalive_requests 1000000000;
  upstream u { server 127.0.0.1:${origin}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Request-Id $request_id; proxy_set_header Via "1.1 nginx";
    }
  }
}`,
  )
  const child = start(measuredCpu, 'nginx', ['-c', file])
  await listening(port, 'nginx')
  const master = Number(readFileSync(join(folder, `nginx-${port}.pid`), 'utf8').trim())
  return { name: 'nginx', port, pids: () => childrenOf(master), stop: () => stop(child) }
}

/** HAProxy, one thread, with the same headers. Its log goes to a file by a pipe of ours when it is on. */
export async function startHaproxy(origin: number, logging: Logging): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, `haproxy-${port}.cfg`)
  writeFileSync(
    file,
    `global
  maxconn 8192
  nbthread 1
${logging === 'on' ? '  log stdout format raw local0\n' : ''}defaults
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
  const child = start(measuredCpu, 'haproxy', ['-f', file])
  await listening(port, 'haproxy')
  return { name: 'haproxy', port, pids: () => [child.pid ?? 0], stop: () => stop(child) }
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
