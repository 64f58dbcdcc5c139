import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CertificateWatch } from '../../../src/control/certificate-watch.ts'
import { certificateOf, issue, makeCa } from '../../support/certificates.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { modelOf } from '../../support/model.ts'

const day = 86_400_000

/** A model with one certificate that expires so long after the clock's beginning. */
function modelWith(clock: FakeClock, left: number) {
  const notAfter = new Date(clock.wall() + left)
  const { certificate } = certificateOf(
    issue(makeCa(), { altNames: ['DNS:a.test'], notBefore: new Date(0), notAfter }),
  )
  const model = modelOf('listeners: [{ name: web, address: ":1" }]')
  const listeners = model.listeners.map((one) => ({
    ...one,
    tls: { certificates: [certificate], hosts: [] } as never,
  }))
  return { ...model, listeners }
}

describe('the watch over certificates', () => {
  test('tells each stage once, as time goes by', () => {
    const clock = new FakeClock()
    const model = modelWith(clock, 31 * day)
    const told: string[] = []
    using watch = new CertificateWatch({
      clock,
      model: () => model,
      onFault: ({ stage }) => told.push(String(stage)),
    })

    watch.look()
    for (let hours = 0; hours < 24 * 40; hours++) clock.advance(3_600_000)

    assert.deepEqual(told, ['30', '14', '3', 'expired'])
    assert.match(watch.problems()[0]?.message ?? '', /expired \d+ days ago/)
  })

  test('says nothing without a model', () => {
    using watch = new CertificateWatch({
      clock: new FakeClock(),
      model: () => undefined,
      onFault: () => assert.fail(),
    })

    watch.look()

    assert.deepEqual(watch.problems(), [])
  })
})
