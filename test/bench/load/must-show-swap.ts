import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { type MadeCertificate, makeCa, serverCertificate } from '../../support/certificates.ts'
import { allCpus, folder, pause } from './children.ts'
import { figure, shown } from './statistics.ts'
import { admin, startTidegate } from './subject.ts'

// Issue 4, "Must show" 6: a certificate is replaced ten times under TLS load. Clients make full handshakes all the time, each with
// a request behind it; others keep the connections that they made before the first replacement. 0 failed handshakes, 0 closed
// connections, and the new serial is seen within a second. Key and certificate are replaced one after the other, as
// certificate tools do, so that they do not match in between.

const swaps = 10
const apartMs = 1500
const clients = 6
const keepers = 16
const ca = makeCa()
const cert = join(folder, 'swap.crt')
const key = join(folder, 'swap.key')
const request = 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n'

/** A handshake with its request. */
interface Seen {
  readonly at: number
  readonly serial: string
}

let made = fresh()
writeFileSync(cert, made.pem)
writeFileSync(key, made.keyPem)
const subject = await startTidegate({
  origin: 0,
  workers: 2,
  cpus: allCpus,
  listener: { tls: { certificates: [{ cert, key }] } },
  config: { routes: [{ filters: [{ respond: { body: 'ok' } }] }] },
})
const end = new AbortController()
const seen: Seen[] = []
const failures: string[] = []
const kept = await Promise.all(Array.from({ length: keepers }, () => opened()))
const asking = kept.map((socket) => askOn(socket))
const making = Array.from({ length: clients }, () => handshakes())
await pause(1000)

const first: number[] = []
const last: number[] = []
for (let i = 0; i < swaps; i++) await swap(i)
const { problems } = JSON.parse((await admin(subject.adminPort, '/api/problems')).text) as {
  problems: unknown[]
}
end.abort()
const answered = (await Promise.all(asking)).reduce((a, b) => a + b, 0)
await Promise.all(making)
const alive = kept.filter((socket) => !socket.destroyed).length
await subject.stop()

for (const socket of kept) socket.destroy()
console.log(`\nmust show 6: a certificate replaced ${swaps} times under TLS load, two workers`)
console.log(`  full handshakes with a request each: ${seen.length} made, ${failures.length} failed`)
for (const failure of new Set(failures)) console.log(`    ${failure}`)
console.log(
  `  connections made before: ${alive} of ${keepers} still open, ${answered} requests answered on them`,
)
console.log(`  from the second file in place to the first new serial: ${shown(figure(first), 0, ' ms')}`)
console.log(`  … to the last old one: ${shown(figure(last), 0, ' ms')}`)
console.log(`  problems reported at the end: ${problems.length}`)
const well =
  failures.length === 0 && alive === keepers && problems.length === 0 && Math.max(...first, ...last) <= 1000
console.log(well ? '  reached: 0 failed, new serials within a second' : '  MISSED')
if (!well) process.exitCode = 1

function fresh(): MadeCertificate {
  return serverCertificate(ca, ['bench.test'])
}

/** Replaces both files, and notes when the new serial was seen first, and when the old one last. */
async function swap(i: number): Promise<void> {
  const old = serialOf(made)
  made = fresh()
  const files: readonly (readonly [string, string])[] = [
    [cert, made.pem],
    [key, made.keyPem],
  ]
  const [one, other] = i % 2 === 0 ? files : files.toReversed()
  replace(one)
  await pause(30)
  replace(other)
  const at = performance.now()
  await pause(apartMs)
  const isNew = ({ serial }: Seen): boolean => serial === serialOf(made)
  // What ended after `at` may have begun before it: its old serial is none too late. The last old one says that.
  first.push((seen.find(isNew)?.at ?? Number.POSITIVE_INFINITY) - at)
  last.push(Math.max(0, (seen.findLast(({ serial }) => serial === old)?.at ?? 0) - at))
}

function replace(file: readonly [string, string] | undefined): void {
  if (file === undefined) return
  const [path, text] = file
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

function serialOf({ serial }: MadeCertificate): string {
  return serial.toString(16).padStart(4, '0')
}

function opened(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: subject.port, servername: 'bench.test', ca: ca.pem }
    const socket = connect(options)
    socket.setNoDelay(true)
    socket.once('secureConnect', () => {
      socket.off('error', reject)
      // Its end is seen by `destroyed`.
      socket.on('error', () => {})
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

/** One full handshake after the other until the end. */
async function handshakes(): Promise<void> {
  while (!end.signal.aborted) {
    try {
      const socket = await opened()
      const serial = socket.getPeerCertificate().serialNumber.toLowerCase()
      await answer(socket)
      seen.push({ at: performance.now(), serial })
      socket.destroy()
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
}

/** Asks on one connection until the end. Gives how often it was answered. */
async function askOn(socket: TLSSocket): Promise<number> {
  let count = 0
  while (!end.signal.aborted && !socket.destroyed) {
    try {
      await answer(socket)
      count++
    } catch (error) {
      failures.push(`on a kept connection: ${error instanceof Error ? error.message : String(error)}`)
      socket.destroy()
    }
    await pause(50)
  }
  return count
}

/** The response is small enough to come in one piece. */
function answer(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(new Error('closed before the answer'))
    socket.once('close', closed)
    socket.once('data', (data: Buffer) => {
      socket.off('close', closed)
      if (data.toString('latin1').startsWith('HTTP/1.1 200')) resolve()
      else reject(new Error(data.toString('latin1', 0, 40)))
    })
    socket.write(request, 'latin1')
  })
}
