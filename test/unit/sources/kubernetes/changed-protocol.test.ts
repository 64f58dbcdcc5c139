import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { connectKubernetes } from '../../../../src/sources/kubernetes/connect.ts'
import { systemClock } from '../../../../src/std/clock.ts'
import { testFolder } from '../../../support/folder.ts'
import { kubeconfigOf } from '../../../support/kubernetes/connection.ts'
import { within } from '../../../support/raw-client.ts'

test('a request of the Kubernetes API ends when the answer is a 101', async (context) => {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  using folder = testFolder()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const kubeconfig = folder.write('config', kubeconfigOf({ url, token: 't' }))
  using api = await connectKubernetes(
    { kubeconfig, context: undefined },
    { env: {}, clock: systemClock, serviceAccount: '/nowhere' },
  )

  const asked = api.request('GET', '/version').then(
    () => 'answered',
    (error: unknown) => String(error),
  )

  assert.match(await within(asked, 'the end of the request'), /ended without an answer/)
})
