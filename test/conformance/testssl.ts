import { join } from 'node:path'
import { makeCa, serverCertificate } from '../support/certificates.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { Origin } from '../support/origin.ts'
import { type Finding, runTestssl } from '../support/testssl.ts'
import { certificateFiles } from '../support/tls-gateway.ts'

// `npm run testssl`: testssl.sh on a listener whose TLS is nothing but certificates, of both kinds of keys. Prints every finding
// above LOW, and every check that was not made; fails when one of them is ours. `npm run testssl -- --full` prints all that testssl.sh says.

/** Findings that are not ours; docs/guides/tls.md tells them to operators. */
const notOurs: ReadonlyMap<string, string> = new Map([
  ['cert_revocation', 'made certificates name neither a revocation list nor OCSP'],
  ['security_headers', 'upstreams send them, and this one does not'],
  // Its OpenSSL leaves right after the handshake, often before the ticket of TLS 1.3 comes: from nginx, too.
  ['sessionresumption_ticket', 'testssl.sh may leave before the ticket is there'],
  ['engine_problem', 'the OpenSSL here lacks GOST'],
])

const isFull = process.argv.includes('--full')
const findings = await scanned()
const telling = findings.filter(({ severity }) => !['OK', 'INFO', 'LOW', 'DEBUG'].includes(severity))
const ours = telling.filter(({ id }) => !notOurs.has(subject(id)))
console.log(`${findings.length} findings, ${telling.length} above LOW, ${ours.length} of them ours`)
for (const finding of telling) console.log(line(finding))
process.exitCode = ours.length === 0 ? 0 : 1

async function scanned(): Promise<readonly Finding[]> {
  const ca = makeCa()
  using files = certificateFiles()
  await using origin = await Origin.start()
  const certificates = (['ecdsa', 'rsa'] as const).map((kind) =>
    files.pair(kind, serverCertificate(ca, ['localhost'], kind)),
  )
  await using gateway = await GatewayProcess.start({
    admin: { address: '127.0.0.1:0' },
    listeners: [{ name: 'web', address: '127.0.0.1:0', tls: { certificates } }],
    routes: [{ to: 'origin' }],
    clusters: { origin: { endpoints: [origin.address] } },
  })
  console.log('testssl.sh takes some minutes')
  return await runTestssl({
    port: gateway.port(),
    ca: files.bundle('ca.pem', [ca]),
    json: join(files.path, 'findings.json'),
    onOutput: (text) => {
      if (isFull) process.stdout.write(text)
    },
  })
}

/** A finding's id without the certificate that it is about: `cert_trust <cert#1>`. */
function subject(id: string): string {
  return id.replace(/ <.*>$/, '')
}

function line({ id, severity, finding }: Finding): string {
  const whose = notOurs.get(subject(id))
  return `${severity.padEnd(8)} ${id}: ${finding}${whose === undefined ? '' : ` (not ours: ${whose})`}`
}
