import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { find, provide } from './packages.ts'

/** One thing that testssl.sh has to say. */
export interface Finding {
  /** `cipherlist_3DES_IDEA`, `BREACH`, `cert_trust <cert#1>`. */
  readonly id: string
  readonly severity: string
  readonly finding: string
}

/** What is scanned, and where notes are taken. */
export interface Scan {
  readonly port: number
  /** The file of the authority that signed the certificates. */
  readonly ca: string
  /** A file that is not there yet. */
  readonly json: string
  readonly onOutput: (text: string) => void
}

/** Has testssl.sh look at a TLS port of the loopback, whose name is `localhost`. Takes minutes. @throws {Error} when it did not come to its end. */
export async function runTestssl(scan: Scan): Promise<readonly Finding[]> {
  const why = 'judges the TLS of a listener'
  if (!provide([{ program: 'testssl', debian: 'testssl.sh', why }])) throw new Error('testssl.sh is missing')
  const asks = ['--quiet', '--color', '0', '--warnings', 'off', '--ip', '127.0.0.1']
  const files = ['--add-ca', scan.ca, '--jsonfile', scan.json]
  const child = spawn(find('testssl') ?? 'testssl', [...asks, ...files, `localhost:${scan.port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const text of child.stdout) scan.onOutput(String(text))
  const findings = JSON.parse(readFileSync(scan.json, 'utf8')) as Finding[]
  // The last thing it looks at are clients of many kinds; no word of them means that it gave up before.
  if (!findings.some(({ id }) => id.startsWith('clientsimulation')))
    throw new Error('testssl.sh did not come to its end')
  return findings
}
