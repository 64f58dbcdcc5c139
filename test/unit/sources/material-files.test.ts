import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import { MaterialFiles } from '../../../src/sources/material-files.ts'
import { issue, makeCa } from '../../support/certificates.ts'
import { testFolder } from '../../support/folder.ts'

const ca = makeCa()
const first = issue(ca, { altNames: ['DNS:a.test'], keyType: 'ecdsa' })
const second = issue(ca, { altNames: ['DNS:a.test'], keyType: 'rsa' })

/** A pair in a folder, read through one memory. */
function pairIn(folder: ReturnType<typeof testFolder>) {
  const memory = new MaterialFiles(Date.now)
  const cert = folder.write('a.crt', first.pem)
  const key = folder.write('a.key', first.keyPem)
  const load = () => {
    memory.begin()
    return memory.certificate({ kind: 'pem', cert, key, password: undefined })
  }
  return { memory, load, cert, key }
}

describe('files that were good once', () => {
  test('stay in force while the pair does not fit, and change when it does', () => {
    using folder = testFolder()
    const { memory, load } = pairIn(folder)
    const before = load()
    memory.keep()

    folder.write('a.crt', second.pem)
    const between = load()
    memory.keep()
    folder.write('a.key', second.keyPem)
    const after = load()

    assert.ok(before.kind === 'read' && between.kind === 'read' && after.kind === 'read')
    assert.equal(between.value.material.id, before.value.material.id)
    assert.match(
      between.warnings[0]?.message ?? '',
      /a\.key" is not the key of .*; what it held before stays in force/,
    )
    assert.notEqual(after.value.material.id, before.value.material.id)
    assert.deepEqual(after.warnings, [])
  })

  test('stay over several loads, also when they are gone', () => {
    using folder = testFolder()
    const { memory, load, key } = pairIn(folder)
    load()
    memory.keep()
    rmSync(key)

    for (let times = 0; times < 3; times++) {
      const result = load()
      memory.keep()
      assert.equal(result.kind, 'read')
    }
  })

  test('are nothing to fall back on when the configuration that named them was refused', () => {
    using folder = testFolder()
    const { load } = pairIn(folder)
    load()

    folder.write('a.crt', 'damaged')

    assert.equal(load().kind, 'flawed')
  })

  test('are forgotten once a good configuration does not name them', () => {
    using folder = testFolder()
    const { memory, load } = pairIn(folder)
    load()
    memory.keep()
    memory.begin()
    memory.keep()

    folder.write('a.crt', 'damaged')

    assert.equal(load().kind, 'flawed')
  })

  test('are told, those that are not there among them', () => {
    using folder = testFolder()
    const { memory, load, cert, key } = pairIn(folder)

    load()
    memory.ca(`${folder.path}/absent.pem`)

    assert.deepEqual(memory.files(), [cert, key, `${folder.path}/absent.pem`])
  })
})

describe('names of the TLS library', () => {
  test('are known by trying them', () => {
    const memory = new MaterialFiles(Date.now)

    assert.deepEqual(
      ['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ROT13'].map((name) => memory.isCipher(name)),
      [true, true, false],
    )
    assert.deepEqual(
      ['X25519', 'P-256', 'X25519MLKEM768', 'P-1'].map((name) => memory.isCurve(name)),
      [true, true, true, false],
    )
  })
})
