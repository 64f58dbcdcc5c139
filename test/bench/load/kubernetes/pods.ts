import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { allCpus, folder, listening, start } from '../children.ts'

/** Ports on which every address of the pod range answers, each with its own number as body. */
export const podPorts = [3000, 3001] as const

/** One nginx is all pods: every address of the range is local. */
export async function startPods(): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'pods.conf')
  const servers = podPorts.map(
    (port) => `server { listen 0.0.0.0:${port} backlog=4096; location / { return 200 "${port}"; } }`,
  )
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/pods.pid; error_log ${folder}/pods.err;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; default_type text/plain;
  ${servers.join('\n  ')}
}`,
  )
  start(allCpus, 'nginx', ['-c', file])
  for (const port of podPorts) await listening(port, 'the pods')
}
