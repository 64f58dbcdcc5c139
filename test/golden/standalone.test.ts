import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { printModel } from '../../src/model/print.ts'
import { printProblem } from '../../src/model/problem.ts'
import { translateStandalone } from '../../src/translate/standalone.ts'
import { FakeMaterials } from '../support/fake-materials.ts'

const folder = join(import.meta.dirname, 'standalone')
const isUpdating = process.env['TIDEGATE_UPDATE_GOLDENS'] === '1'
if (isUpdating && process.env['CI'] === 'true') throw new Error('goldens are not updated by CI')

const surroundings = {
  env: { TIDEGATE_ADMIN_TOKEN: '0123456789abcdef', P12_PASSWORD: 'open' },
  readSecret: (path: string) => ({ '/run/secrets/short': 'abc\n', 'certs/password': 'open\n' })[path],
  materials: new FakeMaterials(),
}

function translate(name: string): { model: string | undefined; problems: string } {
  const text = readFileSync(join(folder, name), 'utf8')
  const { model, problems } = translateStandalone([{ path: name, text }], surroundings)
  return {
    model: model === undefined ? undefined : printModel(model, 'json'),
    problems: problems.map((problem) => `${printProblem(problem)}\n`).join(''),
  }
}

function expected(file: string, actual: string | undefined): string | undefined {
  const path = join(folder, file)
  if (isUpdating && actual) writeFileSync(path, actual)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

describe('translating the native form', () => {
  for (const name of names) {
    test(`${name} gives the model and the problems that are written beside it`, () => {
      const { model, problems } = translate(name)

      assert.equal(problems, expected(name.replace('.yaml', '.problems.txt'), problems) ?? '')
      assert.equal(model, expected(name.replace('.yaml', '.model.json'), model))
    })
  }
})

describe('the problems of broken files', () => {
  for (const name of names.filter((name) => name.startsWith('broken-'))) {
    test(`${name}: each line has a place, what is wrong and a remedy`, () => {
      const { model, problems } = translate(name)

      assert.equal(model, undefined)
      for (const line of problems.trimEnd().split('\n'))
        assert.match(line, /^broken-[a-z-]+\.yaml:\d+:\d+: .+; .+$/)
    })
  }

  for (const name of ['broken-secrets.yaml', 'broken-tls.yaml']) {
    test(`${name}: no line holds the secret`, () => {
      assert.match(readFileSync(join(folder, name), 'utf8'), /never-be-printed/)
      assert.doesNotMatch(translate(name).problems, /never-be-printed/)
    })
  }
})
