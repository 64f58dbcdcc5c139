import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, freePort, listening, otherCpus, start } from './children.ts'
import { checked, cpuRatio, type Load, type Rounds, sideBySide } from './compare.ts'
import { h2load } from './h2load.ts'
import { startEnvoy } from './peer-envoy.ts'
import { type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'

/** A message of 32 bytes behind its prefix: not compressed, and the length. */
const message = Buffer.concat([Buffer.from([0, 0, 0, 0, 32]), Buffer.alloc(32, 0x61)])

/** Small unary calls, HTTP/2 without TLS on both sides, beside Envoy. */
export async function grpcCase(rounds: Rounds): Promise<Row[]> {
  console.log('\ngrpc: small unary calls, h2c on both sides, 16 clients x 8 streams')
  const origin = await startGrpcOrigin()
  const config = {
    routes: [{ to: 'origin' }],
    clusters: { origin: { protocol: 'h2', endpoints: [`127.0.0.1:${origin}`] } },
  }
  const contenders = [await startTidegate({ origin, config }), await startEnvoy(origin, 'off', 'h2')]
  const headers = ['content-type: application/grpc', 'te: trailers', 'grpc-accept-encoding: identity,gzip']
  const options = { scheme: 'http', path: '/bench.Echo/Call', clients: 16, streams: 8, headers } as const
  const load: Load = (port, seconds) => h2load({ ...options, body: message }, port, seconds)
  const samples = await sideBySide(contenders, load, rounds, 'call')
  const [ours = [], envoy = []] = samples
  for (const contender of contenders) await contender.stop()
  const limit = { kind: 'at most', must: 0.6, aim: 0.35 } as const
  return [checked(row('CPU per unary gRPC call, against Envoy', limit, cpuRatio(ours, envoy)), samples)]
}

/** nginx that answers every call with a message of 37 bytes and `grpc-status: 0` in trailers. */
async function startGrpcOrigin(): Promise<number> {
  const port = await freePort()
  const file = join(folder, 'grpc-origin.conf')
  // Without a letter of zero in its strings, nginx writes another prefix; nothing on the way reads it.
  const answer = message.toString('latin1').replaceAll('\0', '.')
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/grpc-origin.pid; error_log ${folder}/grpc-origin.err;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; http2_max_requests 1000000000; keepalive_timeout 1h;
  server {
    listen 127.0.0.1:${port} http2 backlog=4096;
    location / { default_type application/grpc; add_trailer grpc-status 0 always; return 200 "${answer}"; }
  }
}`,
  )
  start(otherCpus, 'nginx', ['-c', file])
  await listening(port, 'the gRPC origin')
  return port
}
