import { certificateFiles } from './certificate-files.ts'
import type { Contender } from './contender.ts'
import { launchNginx, nginxLocation } from './peer-processes.ts'

/** nginx, one worker, behind TLS with HTTP/1.1 and HTTP/2, X25519 and our certificate; sessions by tickets alone. */
export function startNginxTls(origin: number): Promise<Contender> {
  const { cert, key } = certificateFiles()
  return launchNginx(
    (port) => `  access_log off; keepalive_requests 1000000000; http2_max_requests 1000000000;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve X25519; ssl_session_tickets on; ssl_session_cache off;
  upstream u { server 127.0.0.1:${origin}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    ssl_certificate ${cert}; ssl_certificate_key ${key};
    ${nginxLocation}
  }`,
  )
}
