import { secureListener } from './case-tls.ts'
import { startWebsocketOrigin, websocketLoad } from './case-websocket.ts'
import type { Rounds } from './compare.ts'
import { affordable, type Idle, perConnection } from './idle-memory.ts'
import { figure, type Row, row } from './statistics.ts'
import { type Subject, startTidegate } from './subject.ts'
import { wrk } from './wrk.ts'

const wanted = 5000
/** A round takes a quarter of a minute, and memory differs little between rounds. */
const mostRounds = 2

/** Memory of idle connections with TLS and of idle websockets, of both sides of each. */
export async function memoryCase(origin: number, rounds: Rounds): Promise<Row[]> {
  const count = affordable(wanted, 2)
  const times = Math.min(rounds.rounds, mostRounds)
  const echo = await startWebsocketOrigin()
  console.log(`\nmemory: ${count} idle connections with TLS`)
  const tls = await measured(times, () => startTidegate({ origin, listener: secure() }), {
    kind: 'tls',
    count,
    warm: (port, seconds) => wrk({ port, seconds, scheme: 'https' }),
  })
  console.log(`\nmemory: ${count} idle websockets`)
  const websocket = await measured(times, () => startTidegate({ origin: echo }), {
    kind: 'websocket',
    count,
    warm: websocketLoad,
  })
  const unit = { kind: 'at most', unit: ' KiB', digits: 1 } as const
  return [
    row(
      `resident memory per idle TLS connection, ${count} of them`,
      { ...unit, must: 65, aim: 52 },
      figure(tls),
    ),
    row(
      `resident memory per idle websocket, ${count} of them`,
      { ...unit, must: 24, aim: 12 },
      figure(websocket),
    ),
  ]
}

function secure(): Readonly<Record<string, unknown>> {
  return { ...secureListener(), limits: { keepAliveIdle: '10m' } }
}

async function measured(times: number, begin: () => Promise<Subject>, idle: Idle): Promise<number[]> {
  const values: number[] = []
  for (let i = 0; i < times; i++) values.push(await perConnection(await begin(), idle))
  return values
}
