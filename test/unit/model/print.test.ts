import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { printModel } from '../../../src/model/print.ts'
import { translateStandalone } from '../../../src/translate/standalone.ts'
import { fileOf } from '../../support/model.ts'

const text = `
listeners: [{ name: web, address: ":8080" }]
routes:
  - hosts: [a.test]
    filters: [{ requestHeaders: { set: { authorization: Basic dXNlcjpwYXNz, x-a: b } } }]
    to: a
clusters: { a: { endpoints: [10.0.0.1:80] } }
admin: { token: "\${ADMIN}" }
`
const { model } = translateStandalone([fileOf(text)], {
  env: { ADMIN: '0123456789abcdef' },
  readSecret: () => undefined,
})

describe('printModel', () => {
  test('says the same in YAML as in JSON', () => {
    assert.ok(model)

    assert.deepEqual(parse(printModel(model, 'yaml')), JSON.parse(printModel(model, 'json')))
  })

  test('is the same text every time', () => {
    assert.ok(model)

    assert.equal(printModel(structuredClone(model), 'json'), printModel(model, 'json'))
  })

  test('says [secret] for secrets, also those in headers', () => {
    assert.ok(model)
    const printed = printModel(model, 'json')

    assert.doesNotMatch(printed, /0123456789abcdef|ADMIN|dXNlcjpwYXNz/)
    assert.match(printed, /"token": "\[secret\]"/)
  })

  test('says where a piece came from', () => {
    assert.ok(model)

    assert.match(printModel(model, 'json'), /"origin": "gateway\.yaml:4:5"/)
  })
})
