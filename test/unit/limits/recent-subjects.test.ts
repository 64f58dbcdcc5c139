import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { RecentSubjects } from '../../../src/limits/recent-subjects.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

describe('the subjects asked for last', () => {
  test('stay within their number for a million of them', () => {
    const subjects = new RecentSubjects(10_000)

    for (let i = 0; i < 1_000_000; i++) subjects.findOrAdd(`limit-${i % 7}`, `subject-${i}`)

    assert.equal(subjects.size, 10_000)
    assert.equal(subjects.find('limit-0', 'subject-0'), undefined)
    assert.notEqual(subjects.find(`limit-${999_999 % 7}`, 'subject-999999'), undefined)
  })

  test('lose the one that was not asked for longest', () => {
    const subjects = new RecentSubjects(2)
    subjects.findOrAdd('a', 'first')
    subjects.findOrAdd('a', 'second')
    subjects.find('a', 'first')

    subjects.findOrAdd('b', 'third')

    assert.notEqual(subjects.find('a', 'first'), undefined)
    assert.equal(subjects.find('a', 'second'), undefined)
  })

  test('are hardly lost to a flood of those of another limit', () => {
    const subjects = new RecentSubjects(1000)
    for (let i = 0; i < 300; i++) subjects.findOrAdd('quiet', `subject-${i}`)

    for (let i = 0; i < 20_000; i++) {
      subjects.findOrAdd('flooded', `subject-${i}`)
      subjects.find('flooded', 'subject-0')
    }

    assert.equal(subjects.size, 1000)
    assert.notEqual(subjects.find('flooded', 'subject-0'), undefined)
    assert.notEqual(subjects.find('flooded', 'subject-19999'), undefined)
    const kept = Array.from({ length: 300 }, (_, i) => subjects.find('quiet', `subject-${i}`))
    assert.ok(kept.filter((one) => one !== undefined).length >= 285)
  })

  test('go, of a limit that has more than its part, for those of one that has less', () => {
    const subjects = new RecentSubjects(100)
    for (let i = 0; i < 100; i++) subjects.findOrAdd('large', `subject-${i}`)

    for (let i = 0; i < 50; i++) subjects.findOrAdd('small', `subject-${i}`)

    assert.equal(subjects.size, 100)
    for (let i = 0; i < 50; i++) assert.notEqual(subjects.find('small', `subject-${i}`), undefined)
  })

  test('are found again by a name of any length', () => {
    const subjects = new RecentSubjects(10)
    const long = 'x'.repeat(100_000)

    const subject = subjects.findOrAdd('a', long)

    assert.equal(subjects.find('a', long), subject)
    assert.notEqual(subjects.findOrAdd('a', `${long}y`), subject)
    assert.equal(subject.name.length < 64, true)
  })

  test('are not found by the hash of another name', () => {
    const subjects = new RecentSubjects(10)
    const subject = subjects.findOrAdd('a', 'x'.repeat(100))

    assert.notEqual(subjects.findOrAdd('a', subject.name), subject)
  })

  test('are told apart when their names are not well-formed text', () => {
    const subjects = new RecentSubjects(10)

    assert.notEqual(subjects.findOrAdd('a', '\ud800'), subjects.findOrAdd('a', '\ud801'))
    assert.equal(subjects.findOrAdd('a', '\ud800'), subjects.findOrAdd('a', '\ud800'))
  })

  test('do not keep the text that their names were cut out of', () => {
    const subjects = new RecentSubjects(10_000)
    collect()
    const before = process.memoryUsage().heapUsed

    for (let i = 0; i < 2_000; i++) {
      const head = `${'h'.repeat(32_000)}${i}: the name of a subject`.toUpperCase()
      subjects.findOrAdd('a', head.slice(32_000))
    }

    collect()
    assert.equal(process.memoryUsage().heapUsed - before < 16 * 1024 * 1024, true)
    assert.equal(subjects.size, 2_000)
  })
})
