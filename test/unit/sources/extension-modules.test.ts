import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readExtension } from '../../../src/sources/extension-modules.ts'
import { type TestFolder, testFolder } from '../../support/folder.ts'

function found(name: string, folder: string) {
  const { result, files } = readExtension(name, folder)
  assert.equal(result.kind, 'read')
  return { ...result.value, files }
}

function flawOf(name: string, folder: string): string {
  const { result } = readExtension(name, folder)
  assert.equal(result.kind, 'flawed')
  return `${result.flaw.message}; ${result.flaw.remedy}`
}

function writePackage(folder: TestFolder, name: string, manifest: object, file: string): string {
  folder.write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', ...manifest }))
  return folder.write(`node_modules/${name}/${file}`, 'export {}')
}

describe('the module of an extension', () => {
  test('is found from the folder of the configuration', () => {
    using folder = testFolder()
    const file = folder.write('a/my.ts', 'export {}')

    assert.equal(found('./my.ts', join(folder.path, 'a')).file, file)
    assert.equal(found('../my.ts', join(folder.path, 'a/b')).file, file)
    assert.equal(found(file, '/').file, file)
  })

  test('has another digest when something that it imports by path was edited', () => {
    using folder = testFolder()
    folder.write(
      'my.ts',
      "import { one } from './lib/one.ts'\nexport const two = () => import('./two.mjs')\nimport './three.json'",
    )
    const one = folder.write('lib/one.ts', "export { four as one } from '../four.ts'")
    const four = folder.write('four.ts', 'export const four = 4')
    const before = found('./my.ts', folder.path)
    folder.write('four.ts', 'export const four = 5')
    const after = found('./my.ts', folder.path)

    assert.notEqual(before.digest, after.digest)
    assert.deepEqual(
      before.files.slice(1).sort(),
      [four, one, join(folder.path, 'three.json'), join(folder.path, 'two.mjs')].sort(),
    )
  })

  test('may be a package beside the configuration', () => {
    using folder = testFolder()
    const entry = writePackage(folder, '@acme/gate', { main: 'main.js' }, 'main.js')
    const onlyImport = writePackage(
      folder,
      'modern',
      { type: 'module', exports: { './edge': { import: './e.js' } } },
      'e.js',
    )

    assert.equal(found('@acme/gate', folder.path).file, entry)
    assert.equal(found('modern/edge', folder.path).file, onlyImport)
  })

  test('may be a package that Tidegate brings', () => {
    using folder = testFolder()

    assert.match(found('fastify-plugin', folder.path).file, /node_modules\/fastify-plugin\//)
  })

  test('is refused with a remedy when it is not there', () => {
    using folder = testFolder()
    folder.write('notes.txt', 'a')
    folder.write('folder/a', 'a')

    assert.match(flawOf('./my.ts', folder.path), /my\.ts" cannot be read: it does not exist; create it/)
    assert.match(
      flawOf('./notes.txt', folder.path),
      /notes\.txt" is no module; name a file that ends in \.ts/,
    )
    assert.match(flawOf('./folder', folder.path), /folder" is not a file; name a file/)
    assert.match(
      flawOf('no-such-package', folder.path),
      /package "no-such-package" is found neither .*npm install/,
    )
  })
})
