import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import Schema from 'typebox/schema'
import { parse } from 'yaml'
import { jsonSchema } from '../../../../src/translate/reference/json-schema.ts'

const golden = join(import.meta.dirname, '../../../golden/standalone')
const examples = join(import.meta.dirname, '../../../../config')
const validator = Schema.Compile(jsonSchema())

/** Broken files whose faults lie between values, which a JSON Schema cannot tell. */
const beyond = [
  'broken-references.yaml',
  'broken-secrets.yaml',
  'broken-secret-not-there.yaml',
  'broken-secret-too-short.yaml',
]
const unreadable = /syntax|two-documents|tag|aliases/

function files(folder: string, wanted: (name: string) => boolean): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && wanted(name))
    .map((name) => join(folder, name))
}

describe('config/schema.json takes', () => {
  for (const file of [
    ...files(golden, (name) => !name.startsWith('broken-')),
    ...files(examples, () => true),
  ]) {
    test(file.slice(file.lastIndexOf('/') + 1), () => {
      const value: unknown = parse(readFileSync(file, 'utf8')) ?? {}

      assert.deepEqual(validator.Errors(value)[1], [])
    })
  }
})

describe('config/schema.json refuses', () => {
  const isBroken = (name: string) =>
    name.startsWith('broken-') && !beyond.includes(name) && !unreadable.test(name)
  for (const file of files(golden, isBroken)) {
    test(file.slice(file.lastIndexOf('/') + 1), () => {
      const value: unknown = parse(readFileSync(file, 'utf8'), { uniqueKeys: false, merge: false })

      assert.equal(validator.Check(value), false)
    })
  }
})
