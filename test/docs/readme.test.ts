import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commands } from '../../src/cli/commands.ts'
import { quickstartLines } from '../../src/cli/quickstart-lines.ts'
import { translateStandalone } from '../../src/translate/standalone.ts'
import { readPage } from '../support/pages.ts'
import { root } from '../support/source-files.ts'

/** Inside of a table, a bar is written with a backslash. */
const readme = readPage('README.md').text.replaceAll('\\|', '|')

test('the README shows every line that npm start prints', () => {
  const text = readFileSync(join(root, 'config/quickstart.yaml'), 'utf8')
  const surroundings = { env: {}, readSecret: () => undefined }
  const { model } = translateStandalone([{ path: 'quickstart.yaml', text }], surroundings)
  assert.ok(model)

  const missing = quickstartLines(model).filter(({ line }) => !readme.includes(`\`${line}\``))

  assert.deepEqual(missing, [])
})

test('the README names every command', () => {
  const missing = commands.filter(({ name }) => !readme.includes(`\`tidegate ${name}`))

  assert.deepEqual(missing, [])
})
