import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2'
import { connect as connectTls } from 'node:tls'

/** Requests that were made one after the other, and what became of them. */
export interface Steady {
  readonly kind: string
  sent: number
  answered: number
  /** Refused unprocessed (REFUSED_STREAM): clients send these again. */
  refused: number
  readonly failures: Map<string, number>
}

function steady(kind: string): Steady {
  return { kind, sent: 0, answered: 0, refused: 0, failures: new Map() }
}

function failed(result: Steady, error: unknown): void {
  const why =
    error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
  result.failures.set(why, (result.failures.get(why) ?? 0) + 1)
}

/** A full handshake and one request for each connection. */
export async function handshakes(port: number, clients: number, end: AbortSignal): Promise<Steady> {
  const result = steady('TLS, a handshake for each request')
  const run = async (): Promise<void> => {
    while (!end.aborted) {
      result.sent++
      await askOnce(port).then(
        () => result.answered++,
        (error: unknown) => failed(result, error),
      )
    }
  }
  await Promise.all(Array.from({ length: clients }, run))
  return result
}

function askOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // Certificates come and go here: whether they are right is asked elsewhere.
    const options = { host: '127.0.0.1', port, servername: 'bench.test', rejectUnauthorized: false }
    const socket = connectTls({ ...options, ALPNProtocols: ['http/1.1'] })
    socket.on('error', reject)
    socket.once('close', () => reject(new Error('closed before the answer')))
    socket.once('data', (data: Buffer) => {
      if (data.toString('latin1', 0, 12) === 'HTTP/1.1 200') resolve()
      else reject(new Error(data.toString('latin1', 0, 40)))
      socket.destroy()
    })
    socket.once('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n', 'latin1'))
  })
}

/** Requests on streams of one connection, which is made anew when the gateway says GOAWAY. */
export async function streams(url: string, count: number, end: AbortSignal): Promise<Steady> {
  const result = steady(`HTTP/2 over ${url.startsWith('https') ? 'TLS' : 'plain text'}, ${count} streams`)
  let session = opened(url)
  const current = (): ClientHttp2Session => {
    if (session.closed || session.destroyed) session = opened(url)
    return session
  }
  const run = async (): Promise<void> => {
    while (!end.aborted) {
      result.sent++
      try {
        await askStream(current(), result)
      } catch (error) {
        failed(result, error)
      }
    }
  }
  await Promise.all(Array.from({ length: count }, run))
  session.destroy()
  return result
}

function opened(url: string): ClientHttp2Session {
  const session = connectHttp2(url, { servername: 'bench.test', rejectUnauthorized: false })
  // Its streams tell.
  session.on('error', () => {})
  return session
}

function askStream(session: ClientHttp2Session, result: Steady): Promise<void> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': '/', ':authority': 'bench.test' })
    let status = 0
    let isWhole = false
    stream.on('response', (fields) => (status = fields[':status'] ?? 0))
    stream.on('end', () => (isWhole = true))
    stream.on('error', () => {})
    stream.on('close', () => {
      if (status === 200 && isWhole && stream.rstCode === 0) result.answered++
      else if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) result.refused++
      else failed(result, `status ${status}, code ${stream.rstCode}${isWhole ? '' : ', cut'}`)
      resolve()
    })
    stream.resume()
  })
}
