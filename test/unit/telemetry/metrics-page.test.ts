import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { metricFacts } from '../../../src/telemetry/metric-facts.ts'
import { renderMetricsPage } from '../../../src/telemetry/metrics-page.ts'

const page = join(import.meta.dirname, '../../../docs/reference/metrics.md')

describe('docs/reference/metrics.md', () => {
  test('is up to date; if not, run "npm run generate"', async () => {
    assert.equal(await readFile(page, 'utf8'), renderMetricsPage())
  })
})

describe('every metric', () => {
  for (const { name, type, help, buckets } of metricFacts) {
    test(`${name} is named and described by the conventions`, () => {
      assert.match(name, /^tidegate_[a-z][a-z0-9_]*$/)
      assert.equal(name.endsWith('_total'), type === 'counter')
      assert.match(help, /^[A-Z0-9].*\.$/)
      assert.equal(buckets.length > 0, type === 'histogram')
      assert.deepEqual(
        buckets,
        buckets.toSorted((a, b) => a - b),
      )
    })
  }

  test('has a name of its own', () => {
    assert.equal(new Set(metricFacts.map(({ name }) => name)).size, metricFacts.length)
  })
})
