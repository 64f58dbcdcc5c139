import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { translateStandalone } from '../../src/translate/standalone.ts'
import { FakeMaterials } from '../support/fake-materials.ts'
import { blocksOf, pages } from '../support/pages.ts'
import { root } from '../support/source-files.ts'

/** Blocks marked `yaml` are configurations of ours, whole ones or the part that the text speaks of; others are marked `yml`. */
describe('every configuration in a page can be loaded', () => {
  for (const page of pages()) {
    for (const { line, text } of blocksOf(page, 'yaml')) {
      test(`${page.path}:${line}`, () => {
        assert.deepEqual(errorsOf(text), [])
      })
    }
  }
})

test('the configuration beside the compose file can be loaded', () => {
  const text = readFileSync(join(root, 'deploy/compose/gateway.yaml'), 'utf8')

  assert.deepEqual(errorsOf(text), [])
})

function errorsOf(text: string): string[] {
  const secret = 'a secret that is long enough'
  const env = { TIDEGATE_ADMIN_TOKEN: secret }
  const surroundings = { env, readSecret: () => secret, materials: new FakeMaterials() }
  const { problems } = translateStandalone([{ path: 'example.yaml', text }], surroundings)
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ origin, message }) => `line ${origin.line}: ${message}`)
}
