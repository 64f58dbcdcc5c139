import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from './source-files.ts'

/** What other processes admitted together. */
export interface AdmittedByChildren {
  readonly admitted: number
  /** From the first question to the last answer. */
  readonly ms: number
}

interface Counted {
  readonly admitted: number
  /** Milliseconds of the time of day. */
  readonly from: number
  readonly until: number
}

/**
 * Lets so many other processes ask about one limit, each with a limiter of its own.
 *
 * @param ports of one Redis, or of nodes of a Cluster.
 */
export async function childrenAdmit(
  count: number,
  ports: readonly number[],
  { rate, burst, seconds }: { readonly rate: number; readonly burst: number; readonly seconds: number },
): Promise<AdmittedByChildren> {
  const numbers = ['--rate', rate, '--burst', burst, '--seconds', seconds].map(String)
  const each = await Promise.all(Array.from({ length: count }, () => childAdmits([ports.join(), ...numbers])))
  const ms = Math.max(...each.map(({ until }) => until)) - Math.min(...each.map(({ from }) => from))
  return { admitted: each.reduce((sum, child) => sum + child.admitted, 0), ms }
}

async function childAdmits(args: readonly string[]): Promise<Counted> {
  const child = spawn(process.execPath, [join(root, 'test/support/limiter-child.ts'), ...args])
  let output = ''
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString()
  })
  child.stderr.pipe(process.stderr)
  await once(child, 'close')
  return JSON.parse(output) as Counted
}
