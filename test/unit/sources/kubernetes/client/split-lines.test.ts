import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { splitLines } from '../../../../../src/sources/kubernetes/client/split-lines.ts'

function linesOf(...chunks: readonly string[]): readonly string[] {
  const lines: string[] = []
  const take = splitLines((line) => lines.push(line.toString()))
  for (const chunk of chunks) take(Buffer.from(chunk))
  return lines
}

describe('lines of a stream', () => {
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['in one piece', ['a\nb\n'], ['a', 'b']],
    ['cut anywhere', ['a', 'b\nc', '', 'd', '\n'], ['ab', 'cd']],
    ['with empty ones, left out', ['\n\na\n\n'], ['a']],
    ['without an end, kept back', ['a\nb'], ['a']],
  ]
  for (const [what, chunks, expected] of rows) {
    test(`come whole: ${what}`, () => {
      assert.deepEqual(linesOf(...chunks), expected)
    })
  }

  test('keep characters that are cut in the middle', () => {
    const lines: string[] = []
    const take = splitLines((line) => lines.push(line.toString()))
    for (const byte of Buffer.from('…ä\n')) take(Buffer.from([byte]))

    assert.deepEqual(lines, ['…ä'])
  })

  test('are refused when they are longer than any object', () => {
    const take = splitLines(() => {})
    const chunk = Buffer.alloc(8 * 1024 * 1024, 'x')
    take(chunk)
    take(chunk)
    take(chunk)
    take(chunk)

    assert.throws(() => take(Buffer.from('x')), RangeError)
  })
})
