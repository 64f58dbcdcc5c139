import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { GrpcOrigin } from './grpc-origin.ts'

/** An origin in a process of its own, to be killed. */
export interface GrpcChild extends AsyncDisposable {
  readonly address: string
  kill(): Promise<void>
}

/** Starts one. */
export async function forkGrpcOrigin(): Promise<GrpcChild> {
  const child = fork(import.meta.filename)
  const [address] = (await once(child, 'message')) as [string]
  return { address, kill: () => killed(child), [Symbol.asyncDispose]: () => killed(child) }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

if (import.meta.main) {
  const origin = await GrpcOrigin.start()
  process.on('disconnect', () => process.exit())
  process.send?.(origin.address)
}
