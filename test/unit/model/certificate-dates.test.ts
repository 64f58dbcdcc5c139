import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dateFaults } from '../../../src/model/certificate-dates.ts'
import { printProblem } from '../../../src/model/problem.ts'
import { certificateOf, issue, makeCa } from '../../support/certificates.ts'
import { modelOf } from '../../support/model.ts'

const now = Date.UTC(2026, 0, 31, 12)
const day = 86_400_000
const ca = makeCa()
const plain = modelOf('listeners: [{ name: web, address: ":1" }]')

/** A model with one certificate, used twice, of these dates relative to now. */
function modelWith(notBefore: number, notAfter: number) {
  const made = issue(ca, {
    altNames: ['DNS:a.test'],
    notBefore: new Date(now + notBefore),
    notAfter: new Date(now + notAfter),
  })
  const { certificate } = certificateOf(made)
  const listeners = plain.listeners.map((listener) => ({
    ...listener,
    tls: { certificates: [certificate, certificate], hosts: [] } as never,
  }))
  return { listeners, clusters: [] }
}

describe('dates of certificates', () => {
  for (const [what, notBefore, notAfter, expected] of [
    ['31 days left', -day, 31 * day, undefined],
    ['30 days left', -day, 30 * day, 'expires in 30 days, on 2026-03-02'],
    ['13 days left', -day, 13.5 * day, 'expires in 13 days, on 2026-02-14'],
    ['one day left', -day, 1.5 * day, 'expires in 1 day, on 2026-02-02'],
    ['an hour left', -day, day / 24, 'expires within a day, on 2026-01-31'],
    ['none left', -day, 0, 'expired today, on 2026-01-31, and clients refuse it'],
    ['none for long', -9 * day, -2 * day, 'expired 2 days ago, on 2026-01-29, and clients refuse it'],
    ['all of them, later', day, 90 * day, 'is not valid before 2026-02-01'],
  ] as const) {
    test(`with ${what}: ${expected ?? 'nothing to say'}`, () => {
      const faults = dateFaults(modelWith(notBefore, notAfter), now)

      assert.deepEqual(
        faults.map(({ problem }) => problem.message),
        expected === undefined ? [] : [`the certificate for a.test in "test.crt" ${expected}`],
      )
    })
  }

  test('are warnings with a remedy', () => {
    const [fault] = dateFaults(modelWith(-day, day), now)

    assert.match(printProblem(fault!.problem), /warning: the certificate .*; renew it/)
  })
})
