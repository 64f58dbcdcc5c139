import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Loading } from '../../../src/control/loading.ts'
import type { Model } from '../../../src/model/model.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { testFolder } from '../../support/folder.ts'
import { modelOf } from '../../support/model.ts'

const files = `
listeners: [{ name: web, address: ":8080" }]
routes: [{ to: a }]
clusters: { a: { endpoints: [10.0.0.1:80] } }
`
/** There is no such file, so that the source never tells anything. */
const withKubernetes = `${files}kubernetes: { kubeconfig: not-there }\n`

function loadingOf(path: string, previous: Model | undefined): Loading {
  return new Loading({
    options: { paths: [path], env: {}, cores: 1 },
    previous,
    clock: new FakeClock(),
    random: () => 0,
    onChanged: () => {},
    onSources: () => {},
    say: () => {},
  })
}

describe('loading files that name Kubernetes as a source', () => {
  test('gives a model without listeners and routes until the source has told everything', async () => {
    using folder = testFolder()
    const loading = loadingOf(folder.write('gateway.yaml', withKubernetes), undefined)

    const { result, difference, waitingFor } = loading.readFiles()
    await loading.stop(0)

    assert.equal(result, 'good')
    assert.deepEqual(
      [difference?.listeners.put, difference?.routes.put, difference?.clusters.put],
      [[], [], []],
    )
    assert.deepEqual(waitingFor, ['kubernetes'])
  })

  test('keeps the model in force when it takes the place of a loader that died', async () => {
    using folder = testFolder()
    const loading = loadingOf(folder.write('gateway.yaml', withKubernetes), modelOf(files))

    const { result, difference, waitingFor } = loading.readFiles()
    await loading.stop(0)

    assert.deepEqual([result, difference], ['good', undefined])
    assert.deepEqual(waitingFor, ['kubernetes'])
  })

  test('serves on without the source when files name it only later: it takes effect at restart', async () => {
    using folder = testFolder()
    const path = folder.write('gateway.yaml', files)
    const loading = loadingOf(path, undefined)
    loading.readFiles()
    folder.write('gateway.yaml', withKubernetes.replace('10.0.0.1', '10.0.0.2'))

    const { result, difference, waitingFor } = loading.readFiles()
    await loading.stop(0)

    assert.deepEqual([result, waitingFor], ['good', []])
    assert.deepEqual([difference?.listeners.removed, difference?.routes.removed], [[], []])
    assert.deepEqual(
      difference?.clusters.put.map(({ id }) => id),
      ['a'],
    )
  })

  test('waits for nothing when files say all', () => {
    using folder = testFolder()

    const { waitingFor, difference } = loadingOf(folder.write('gateway.yaml', files), undefined).readFiles()

    assert.deepEqual(waitingFor, [])
    assert.equal(difference?.routes.put.length, 1)
  })
})
