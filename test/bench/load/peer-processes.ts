import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childrenOf, folder, freePort, listening, measuredCpu, start, stop } from './children.ts'
import type { Contender } from './contender.ts'

/** Starts HAProxy, one thread. @param sections the configuration behind `global`'s usual lines, for the port it gets. */
export async function launchHaproxy(sections: (port: number) => string): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, `haproxy-${port}.cfg`)
  writeFileSync(file, `global\n  maxconn 8192\n  nbthread 1\n${sections(port)}`)
  const child = start(measuredCpu, 'haproxy', ['-f', file])
  await listening(port, 'haproxy')
  return { name: 'haproxy', port, pids: () => [child.pid ?? 0], stop: () => stop(child) }
}

/** What goes upstream from nginx: what Tidegate says by default. */
export const nginxLocation = `location / {
      proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Request-Id $request_id; proxy_set_header Via "1.1 nginx";
    }`

/** Starts nginx with one worker, which is what is measured. @param http the content of its `http` block, for the port it gets. */
export async function launchNginx(http: (port: number) => string): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, `nginx-${port}.conf`)
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/nginx-${port}.pid; error_log ${folder}/nginx-${port}.err;
events { worker_connections 16384; }
http {
${http(port)}
}`,
  )
  const child = start(measuredCpu, 'nginx', ['-c', file])
  await listening(port, 'nginx')
  const master = Number(readFileSync(join(folder, `nginx-${port}.pid`), 'utf8').trim())
  return { name: 'nginx', port, pids: () => childrenOf(master), stop: () => stop(child) }
}
