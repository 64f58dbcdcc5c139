import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { testFolder } from '../../../support/folder.ts'
import { kubeconfigOf } from '../../../support/kubernetes/connection.ts'
import { StartStage } from '../../../support/kubernetes/start-stage.ts'

/** What a mistake of ours looks like: it is not about credentials, the API server or the host. */
const mistaken = {
  get POD_NAME(): string {
    throw new TypeError('name.split is not a function')
  },
}
const connection = kubeconfigOf({ url: 'https://api.test:1', token: 't' })

describe('the start of a Kubernetes source', () => {
  test('says why Kubernetes cannot be reached, once, and tries again', async () => {
    using folder = testFolder()
    await using stage = new StartStage({}, join(folder.path, 'absent'))
    const first = await stage.line(0)

    stage.tryAgain()
    const second = await stage.line(1)

    assert.match(
      first,
      /^error kubernetes cannot be reached; it is tried again: kubeconfig ".*absent" cannot be read: ENOENT; check the path/,
    )
    assert.equal(second, first.replace('error', 'debug'))
    assert.match(stage.start.waitingFor().join(), /^kubernetes: kubeconfig ".*absent" cannot be read/)
    assert.match(stage.told[0] ?? '', /^kubeconfig ".*absent" cannot be read/)
  })

  test('tells a mistake of the gateway apart, with where it is', async () => {
    using folder = testFolder()
    await using stage = new StartStage(mistaken, folder.write('kubeconfig', connection))

    assert.equal(await stage.line(0), 'info kubernetes: reading from https://api.test:1')
    assert.match(
      await stage.line(1),
      /^error the source kubernetes could not be started, and is tried again; please report it: TypeError: name\.split is not a function\n {4}at .*kubernetes-start/,
    )
    assert.deepEqual(stage.start.waitingFor(), [
      'kubernetes: a mistake of the gateway: name.split is not a function',
    ])
  })

  test('says what stands in the way now when that is another thing', async () => {
    using folder = testFolder()
    await using stage = new StartStage(mistaken, join(folder.path, 'kubeconfig'))
    await stage.line(0)
    folder.write('kubeconfig', connection)

    stage.tryAgain()

    await stage.line(2)
    assert.match(stage.said[2] ?? '', /^error the source kubernetes could not be started/)
  })
})
