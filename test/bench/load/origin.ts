import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, freePort, listening, otherCpus, start } from './children.ts'

/** What `/` answers: 128 bytes. */
const small = `${'a small body of one hundred and twenty eight bytes '.padEnd(127, '.')}\\n`

/** Starts nginx as the origin: `/` and all other paths answer 128 bytes, `/10k` and `/1m` files of that size. */
export async function startOrigin(): Promise<number> {
  const port = await freePort()
  mkdirSync(join(folder, 'www'), { recursive: true })
  writeFileSync(join(folder, 'www/10k'), 'x'.repeat(10_240))
  writeFileSync(join(folder, 'www/1m'), 'x'.repeat(1_048_576))
  const file = join(folder, 'origin.conf')
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/origin.pid; error_log ${folder}/origin.err;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; default_type text/plain;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200 "${small}"; }
    location = /10k { root ${folder}/www; }
    location = /1m { root ${folder}/www; }
  }
}`,
  )
  start(otherCpus, 'nginx', ['-c', file])
  await listening(port, 'the origin')
  return port
}
