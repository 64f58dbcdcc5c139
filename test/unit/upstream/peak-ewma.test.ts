import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PeakEwma } from '../../../src/upstream/peak-ewma.ts'

const decay = 10_000

describe('peak EWMA', () => {
  test('jumps to a slower latency at once', () => {
    const ewma = new PeakEwma()
    ewma.observe(0, 5, decay)
    ewma.observe(1, 2_000, decay)

    assert.equal(ewma.cost, 2_000)
  })

  test('falls to a faster one with time: by 1 − 1/e in one decay time', () => {
    const ewma = new PeakEwma()
    ewma.observe(0, 100, decay)
    ewma.observe(decay, 0, decay)

    assert.ok(Math.abs(ewma.cost - 100 / Math.E) < 1e-9)
  })

  test('an unused endpoint becomes attractive again', () => {
    const ewma = new PeakEwma()
    ewma.observe(0, 100, decay)

    assert.ok(ewma.load(3 * decay, 0, decay) < 5.1)
  })

  test('load is cost times the requests it would have', () => {
    const ewma = new PeakEwma()
    ewma.observe(0, 10, decay)

    assert.equal(ewma.load(0, 0, decay), 10)
    assert.equal(ewma.load(0, 3, decay), 40)
  })

  test('one that never answered costs nothing until it has a request, and then too much', () => {
    const ewma = new PeakEwma()

    assert.equal(ewma.load(0, 0, decay), 0)
    assert.ok(ewma.load(0, 1, decay) > 1e9)
    assert.ok(ewma.load(0, 2, decay) > ewma.load(0, 1, decay))
  })

  test('a quick failure makes it no cheaper, a slow one dearer', () => {
    const ewma = new PeakEwma()
    ewma.observe(0, 100, decay)
    ewma.observeAtLeast(1, 2)
    assert.equal(ewma.cost, 100)
    ewma.observeAtLeast(1, 300)

    assert.equal(ewma.cost, 300)
  })

  test('a time that goes back does no harm', () => {
    const ewma = new PeakEwma()
    ewma.observe(1_000, 10, decay)
    ewma.observe(900, 5, decay)

    assert.equal(ewma.cost, 10)
  })
})
