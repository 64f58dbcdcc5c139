import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { hookModules, moduleUrl } from '../../../src/extend/module-hooks.ts'
import { startFailure, startFailureWithPlace } from '../../../src/extend/start-failure.ts'
import { testFolder } from '../../support/folder.ts'

hookModules()

async function valueOf(url: string): Promise<unknown> {
  const module = (await import(url)) as { readonly default: unknown }
  return module.default
}

describe('modules of extensions', () => {
  test('find what Tidegate brings, and not what else it has', async () => {
    using folder = testFolder()
    const given = folder.write(
      'given.ts',
      "import plugin from 'fastify-plugin'\nexport default typeof plugin",
    )
    const other = folder.write('other.ts', "import 'prom-client'")

    assert.equal(await valueOf(pathToFileURL(given).href), 'function')
    await assert.rejects(import(pathToFileURL(other).href), /Cannot find package 'prom-client'/)
  })

  test('are other modules once they were edited, with what they import by path', async () => {
    using folder = testFolder()
    const file = folder.write('my.ts', "import { value } from './value.ts'\nexport default value")
    folder.write('value.ts', 'export const value = 1')
    const before = await valueOf(moduleUrl(file, 'a'))
    folder.write('value.ts', 'export const value = 2')

    assert.deepEqual(
      [before, await valueOf(moduleUrl(file, 'a')), await valueOf(moduleUrl(file, 'b'))],
      [1, 1, 2],
    )
  })
})

describe('why a module does not start', () => {
  for (const [name, text, message, line] of [
    ['a mistake in TypeScript', 'export default 1\nconst a = }\n', /Unexpected token|Expression expected/, 2],
    [
      'a mistake in JavaScript that types hide',
      'export default 1\n\nlet a = 1\nlet a = 2\n',
      /already been declared/,
      4,
    ],
    [
      'something it throws',
      "export default 1\nthrow new TypeError('no table')\n",
      /^TypeError: no table$/,
      2,
    ],
    ['an import that is not there', "import './absent.ts'\n", /absent\.ts/, undefined],
    ['an enum', 'export enum A { b }\n', /enum is not supported/, 1],
  ] as const) {
    test(`${name} is told with its place`, async () => {
      using folder = testFolder()
      const file = folder.write('my.ts', text)

      const error: unknown = await import(moduleUrl(file, 'a')).catch((error: unknown) => error)
      const failure = await startFailureWithPlace(error, [file])

      assert.match(failure.message, message)
      if (line !== undefined) assert.equal(failure.place, `${file}:${line}`)
    })
  }

  test('what is no error is told as it is', () => {
    assert.deepEqual(startFailure('no', ['/a.ts']), { message: 'threw no', place: '' })
  })
})
