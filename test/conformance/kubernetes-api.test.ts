import { after } from 'node:test'
import { FakeApiServer } from '../support/kubernetes/fake-api-server.ts'
import { kubernetesApiCases } from './kubernetes-api.ts'

const fake = await FakeApiServer.start()
after(() => fake[Symbol.asyncDispose]())

// The real one runs the same cases in `test/kubernetes/`.
kubernetesApiCases('the fake', async () => ({ url: fake.url, token: 'fake-token' }))
