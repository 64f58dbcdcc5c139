import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ingress, service, told, translated } from '../support/kubernetes/translation.ts'

describe('an Ingress', () => {
  for (const written of [
    '[{ extension: ./absent-evil.ts }]',
    '[{ extension: /etc/passwd }]',
    '[{ extension: fastify, isolation: inline, env: [SECRET] }]',
  ]) {
    test(`runs no code in the gateway: ${written}`, () => {
      const yaml = ingress('web', 'a.test', { '/': 'web' }).replace(
        'name: web }',
        `name: web, annotations: { tidegate.dev/filters: ${JSON.stringify(written)} } }`,
      )

      const made = translated(yaml + service('web'))

      assert.deepEqual(
        made.routes.flatMap(({ content }) => content.filters.filter(({ kind }) => kind === 'extension')),
        [],
      )
      assert.match(
        told(made).join('\n'),
        /filters has "extension", which runs a module inside of the gateway, and an Ingress cannot do that; have the operator put the route/,
      )
    })
  }
})
