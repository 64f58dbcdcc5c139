import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/**
 * An extension that checks one signature (ES256) of 700 bytes for each request, or none, and does nothing else: what tells a bare
 * `crypto.verify` in a gateway that carries traffic from one in a loop.
 */
export default async function bareVerify(app: FastifyInstance, { verifies }: { verifies: boolean }) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const parts = Array.from({ length: 1000 }, () => {
    const signed = randomBytes(350).toString('hex')
    return [
      Buffer.from(signed),
      sign('sha256', signed, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    ] as const
  })
  let next = 0
  app.addHook('onRequest', (_request, reply, done) => {
    const [signed, signature] = parts[next++ % parts.length] as (typeof parts)[0]
    if (verifies && !verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature))
      reply.code(500).send('bad signature')
    else done()
  })
}
