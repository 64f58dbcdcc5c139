import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificateFiles } from './certificate-files.ts'
import { childrenOf, folder, freePort, listening, measuredCpu, start, stop } from './children.ts'
import type { Contender } from './contender.ts'

/** nginx, one worker, behind TLS with HTTP/1.1 and HTTP/2, X25519 and our certificate; sessions by tickets alone. */
export async function startNginxTls(origin: number): Promise<Contender> {
  const port = await freePort()
  const { cert, key } = certificateFiles()
  const file = join(folder, `nginx-${port}.conf`)
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/nginx-${port}.pid; error_log ${folder}/nginx-${port}.err;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; http2_max_requests 1000000000;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve X25519; ssl_session_tickets on; ssl_session_cache off;
  upstream u { server 127.0.0.1:${origin}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    ssl_certificate ${cert}; ssl_certificate_key ${key};
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
