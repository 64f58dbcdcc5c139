import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { issue, makeCa } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import { runH2spec } from '../support/h2spec.ts'
import { plainGateway } from '../support/plain-gateway.ts'

/** Text that is no preface is a request of HTTP/1.1 on a port that speaks both: it is answered 400 before the end. */
const invalidPreface = 'Sends invalid connection preface'

describe('h2spec --strict', () => {
  test('passes over TLS: 146 of 146', async () => {
    const made = issue(makeCa(), { altNames: ['DNS:a.test'] })
    using folder = testFolder()
    const files = { cert: folder.write('a.pem', made.pem), key: folder.write('a.key', made.keyPem) }
    await using stage = await plainGateway({ listener: { tls: { certificates: [files] } } })

    const { passed, failed, skipped } = await runH2spec(stage.port, 'tls')

    assert.deepEqual({ passed, failed, skipped }, { passed: 146, failed: [], skipped: 0 })
  })

  test('passes with prior knowledge: 145 of 146, the other being HTTP/1.1 on this port', async () => {
    await using stage = await plainGateway()

    const { passed, failed, skipped } = await runH2spec(stage.port, 'plain')

    assert.deepEqual({ passed, failed, skipped }, { passed: 145, failed: [invalidPreface], skipped: 0 })
  })
})
