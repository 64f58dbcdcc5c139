import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ControlPlane } from '../support/kubernetes/control-plane.ts'
import { eventually } from '../support/kubernetes/eventually.ts'
import {
  type OutageSurroundings,
  openOutageStage,
  outage,
  outageKinds,
  sourceThat,
} from '../support/kubernetes/outage.ts'

// With a minute in place of these few seconds: test/bench/load/must-show-outage.ts.

const requests = 2000
/** What a source may say of a server that is killed: of its watch, or of the attempt to open it again. */
const cause = /broke: (?:"read ECONNRESET"|closed in mid answer)|cannot be reached: it (?:refused|broke)/

for (const kind of outageKinds) {
  describe(`while the API server is ${kind.name}`, () => {
    let around: OutageSurroundings

    before(async () => {
      around = await openOutageStage(await ControlPlane.start())
    })
    after(async () => {
      await around.stage[Symbol.asyncDispose]()
      await around.plane.stop()
    })

    test('no request fails, and what was changed meanwhile is picked up', async () => {
      const { load, servedMeanwhile } = await outage(kind, around, async (answered) => {
        await eventually(() => answered() > requests || undefined, `${requests} requests are answered`)
      })

      const { failed, refusedByStatus, notConnected, closed, reasons } = load
      assert.deepEqual(
        { failed, refusedByStatus, notConnected, closed },
        { failed: 0, refusedByStatus: 0, notConnected: 0, closed: 0 },
        [...reasons].join(),
      )
      assert.ok(load.answered > requests)
      assert.equal(servedMeanwhile, false)
    })
  })
}

describe('a gateway that lost the API server', () => {
  let around: OutageSurroundings

  before(async () => {
    around = await openOutageStage(await ControlPlane.start())
  })
  after(async () => {
    await around.stage[Symbol.asyncDispose]()
    await around.plane.stop()
  })

  test('says so, and stays ready', async () => {
    const { plane, gateway } = around

    await plane.killApiServer()
    const { name } = await sourceThat(
      gateway,
      ({ state, lastError }) => state === 'stale' && cause.test(lastError),
      'a source is stale and says why',
    )
    const ready = await gateway.process.get('/readyz', { name: 'admin' })
    const { status } = await gateway.ask({ host: 'steady.test' })
    await plane.startApiServer()
    await sourceThat(gateway, (source) => source.name === name && source.state === 'current', 'it is current')

    assert.deepEqual([ready.status, status], [200, 200])
  })
})
