import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endpoints } from '../../../src/admin/endpoints.ts'
import { openApi } from '../../../src/admin/openapi.ts'

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[]
  readonly requestBody?: { readonly content: Record<string, { schema: { required: string[] } }> }
  readonly responses: Record<string, { description: string; content: Record<string, { schema: object }> }>
}

interface Description {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, object>; readonly securitySchemes?: object }
  readonly security: readonly object[]
}

function describeApi(security: 'none' | 'token' = 'none'): Description {
  return JSON.parse(JSON.stringify(openApi('0.1.0', security))) as Description
}

function operationsOf(description: Description): Operation[] {
  return Object.values(description.paths).flatMap((path) => Object.values(path))
}

describe('the OpenAPI description', () => {
  test('is of version 3.1 and names what it describes', () => {
    const { openapi, info } = describeApi()

    assert.deepEqual([openapi, info.title, info.version], ['3.1.0', 'Tidegate admin', '0.1.0'])
  })

  test('holds every endpoint with its method, each under an id of its own', () => {
    const description = describeApi()

    const described = endpoints.map(
      ({ path, method }) => description.paths[path]?.[method.toLowerCase()]?.operationId,
    )
    assert.deepEqual(
      described,
      endpoints.map(({ id }) => id),
    )
    assert.equal(operationsOf(description).length, endpoints.length)
  })

  test('gives every response a description, a media type and a schema', () => {
    const responses = operationsOf(describeApi('token')).flatMap(({ responses }) => Object.entries(responses))

    for (const [status, { description, content }] of responses) {
      assert.match(status, /^[2-5]\d\d$/)
      assert.ok(description.length > 0)
      assert.ok(Object.values(content).every(({ schema }) => Object.keys(schema).length > 0))
    }
  })

  test('refers only to schemas that it holds', () => {
    const description = describeApi()

    const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]
    const missing = references.filter(([, name]) => !((name ?? '') in description.components.schemas))
    assert.ok(references.length > 0)
    assert.deepEqual(missing, [])
  })

  test('describes what explain takes, as query and as body', () => {
    const { get, post } = describeApi().paths['/api/explain'] ?? {}

    const parameters = get?.parameters?.map(({ name, in: place, required }) => [name, place, required])
    assert.deepEqual(parameters, [
      ['method', 'query', false],
      ['url', 'query', true],
      ['header', 'query', false],
      ['from', 'query', false],
      ['listener', 'query', false],
    ])
    assert.deepEqual(post?.requestBody?.content['application/json']?.schema.required, ['url'])
  })

  test('asks for a token where the server does', () => {
    const [open, closed] = [describeApi('none'), describeApi('token')]

    assert.deepEqual([open.security, open.components.securitySchemes], [[], undefined])
    assert.deepEqual(closed.security, [{ token: [] }])
    assert.deepEqual(closed.components.securitySchemes, { token: { type: 'http', scheme: 'bearer' } })
    assert.ok(operationsOf(closed).every(({ responses }) => '401' in responses))
  })
})
