import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isTooLong } from '../../../../../src/model/too-long.ts'
import { readAnnotations } from '../../../../../src/sources/kubernetes/read/annotations.ts'

describe('annotations', () => {
  test('are kept when somebody reads them, in their order', () => {
    const kept = readAnnotations({
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'nginx.ingress.kubernetes.io/rewrite-target': '/',
      'kubernetes.io/ingress.class': 'tidegate',
      'kubernetes.io/tls-acme': 'true',
      'nginx.org/rewrites': 'x',
      'cert-manager.io/issuer': 'a',
      'tidegate.dev/timeout': '5s',
      'tidegate.dev/odd': 5,
    })

    assert.deepEqual(
      [...kept.keys()],
      [
        'nginx.ingress.kubernetes.io/rewrite-target',
        'kubernetes.io/ingress.class',
        'nginx.org/rewrites',
        'cert-manager.io/issuer',
        'tidegate.dev/timeout',
      ],
    )
  })

  test('objects without any share one map', () => {
    assert.equal(readAnnotations(undefined), readAnnotations({ other: 'x' }))
  })

  test('a value of 1 KiB is kept, a longer one becomes what cannot be mistaken for a value', () => {
    const kept = readAnnotations({ 'tidegate.dev/a': 'x'.repeat(1024), 'tidegate.dev/b': 'y'.repeat(1025) })

    assert.equal(kept.get('tidegate.dev/a'), 'x'.repeat(1024))
    const marked = kept.get('tidegate.dev/b') ?? ''
    assert.equal(isTooLong(marked), true)
    assert.ok(marked.endsWith('y'.repeat(40)) && marked.length < 60)
  })

  test('those that come after 64 KiB together are marked too', () => {
    const given = Object.fromEntries(
      Array.from({ length: 80 }, (_, index) => [`tidegate.dev/a${index}`, 'x'.repeat(1000)]),
    )

    const kept = [...readAnnotations(given).values()]

    assert.equal(kept.length, 80)
    assert.equal(kept.filter(isTooLong).length, 16)
    assert.equal(isTooLong(kept[0] ?? ''), false)
  })

  test('a value that looks like a mark by itself is marked', () => {
    assert.equal(
      isTooLong(readAnnotations({ 'tidegate.dev/a': '\u0000too' }).get('tidegate.dev/a') ?? ''),
      true,
    )
  })

  test('the original of a long value is not kept in memory', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const marks: string[] = []
    collect()
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < 400; index += 1) {
      const long = JSON.parse(`{"tidegate.dev/a":"${index}${'z'.repeat(200_000)}"}`) as unknown
      marks.push(readAnnotations(long).get('tidegate.dev/a') ?? '')
    }

    collect()

    assert.equal(marks.length, 400)
    assert.ok(process.memoryUsage().heapUsed - before < 8_000_000, 'the 80 MB are held')
  })
})
