import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { accessLogFields } from '../../../src/model/access-log-fields.ts'
import { fieldReaders } from '../../../src/telemetry/access-log-fields.ts'

const page = join(import.meta.dirname, '../../../docs/reference/access-log.md')

describe('docs/reference/access-log.md', () => {
  test('describes every field, and no other', async () => {
    const text = await readFile(page, 'utf8')

    const described = [...text.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name)
    assert.deepEqual(new Set(described), new Set(fieldReaders.keys()))
  })
})

describe('the fields of the access log', () => {
  test('are those that a configuration may name', () => {
    assert.deepEqual([...fieldReaders.keys()], accessLogFields)
  })
})
