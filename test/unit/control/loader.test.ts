import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import { applyDifference } from '../../../src/control/difference.ts'
import type { LoadOptions } from '../../../src/control/load.ts'
import { Loader } from '../../../src/control/loader.ts'
import { partSize } from '../../../src/control/loader-messages.ts'
import type { Model } from '../../../src/model/model.ts'
import { testFolder } from '../../support/folder.ts'
import { modelOf } from '../../support/model.ts'

const text = `
listeners: [{ name: web, address: ":8080" }]
routes:
  - { hosts: [a.test], to: a }
  - { hosts: [b.test], to: a }
clusters:
  a: { endpoints: [10.0.0.1:80] }
`

/** A loader of one file, and the model that its differences lead to. */
function loaderOf(path: string): {
  loader: Loader
  load: () => ReturnType<Loader['load']>
  model: () => Model | undefined
} {
  let model: Model | undefined
  const loader = new Loader({ paths: [path], env: {}, cores: 2 }, () => model)
  const load = async () => {
    const loaded = await loader.load()
    if (loaded.difference !== undefined) model = applyDifference(model, loaded.difference)
    return loaded
  }
  return { loader, load, model: () => model }
}

/** What the thread fails over. */
const notPaths = undefined as unknown as readonly string[]

describe('the loader', () => {
  test('leads to the model of the file, then sends only what changed', async () => {
    using folder = testFolder()
    const path = folder.write('gateway.yaml', text)
    const { loader, load, model } = loaderOf(path)
    await using _ = loader

    await load()
    assert.equal(model()?.hash, modelOf(text).hash)
    folder.write('gateway.yaml', text.replace('routes:', 'routes:\n  - { hosts: [x.test], to: a }'))
    const second = await load()

    assert.deepEqual(
      second.difference?.routes.put.map(({ id }) => id),
      ['x.test/'],
    )
    assert.equal(model()?.routes.length, 3)
  })

  test('gives no difference for a file that says the same', async () => {
    using folder = testFolder()
    const { loader, load } = loaderOf(folder.write('gateway.yaml', text))
    await using _ = loader

    await load()
    folder.write('gateway.yaml', `# nothing new\n${text}`)
    const second = await load()

    assert.deepEqual([second.result, second.difference], ['good', undefined])
  })

  test('gives the problems of a bad file, and goes on from the last good one', async () => {
    using folder = testFolder()
    const { loader, load, model } = loaderOf(folder.write('gateway.yaml', text))
    await using _ = loader

    await load()
    folder.write('gateway.yaml', text.replace('to: a', 'to: nowhere'))
    const bad = await load()
    folder.write('gateway.yaml', text.replace('10.0.0.1', '10.0.0.2'))
    await load()

    assert.deepEqual([bad.result, bad.difference, bad.problems.length], ['bad', undefined, 1])
    assert.equal(model()?.hash, modelOf(text.replace('10.0.0.1', '10.0.0.2')).hash)
  })

  test('brings over more than one part, in order and frozen', async () => {
    using folder = testFolder()
    const routes = Array.from(
      { length: partSize * 2 + 1 },
      (_, index) => `  - { hosts: [h${index}.test], to: a }\n`,
    )
    const large = text.replace('routes:\n', `routes:\n${routes.join('')}`)
    const { loader, load, model } = loaderOf(folder.write('gateway.yaml', large))
    await using _ = loader

    await load()

    assert.equal(model()?.hash, modelOf(large).hash)
    assert.ok(Object.isFrozen(model()?.routes.at(-1)?.match.path))
  })

  test('does one load at a time, each from where the last one led', async () => {
    using folder = testFolder()
    const { loader, load, model } = loaderOf(folder.write('gateway.yaml', text))
    await using _ = loader

    await Promise.all([load(), load(), load()])

    assert.equal(model()?.hash, modelOf(text).hash)
  })

  test('reports a file that is gone', async () => {
    using folder = testFolder()
    const path = folder.write('gateway.yaml', text)
    const { loader, load } = loaderOf(path)
    await using _ = loader

    rmSync(path)
    const { result, problems } = await load()

    assert.equal(result, 'bad')
    assert.match(problems[0]?.message ?? '', /does not exist/)
  })

  test('sends the first thousand problems and the number of the others', async () => {
    using folder = testFolder()
    const routes = Array.from(
      { length: 1200 },
      (_, index) => `  - { hosts: [h${index}.test], to: nowhere }\n`,
    )
    const { loader, load } = loaderOf(
      folder.write('gateway.yaml', text.replace('routes:\n', `routes:\n${routes.join('')}`)),
    )
    await using _ = loader

    const { problems } = await load()

    assert.equal(problems.length, 1001)
    assert.match(problems.at(-1)?.message ?? '', /^and 200 more problems/)
  })

  test('fails a load whose thread dies, and goes on with another thread', async () => {
    using folder = testFolder()
    const options: { paths: readonly string[]; env: object; cores: number } = {
      paths: notPaths,
      env: {},
      cores: 2,
    }
    const deaths: Error[] = []
    const nothing = () => {}
    const events = { onChanged: nothing, onMembership: nothing, onSources: nothing, onLog: nothing }
    const onDied = (error: Error) => deaths.push(error)
    await using loader = new Loader(options as LoadOptions, () => undefined, { ...events, onDied })

    await assert.rejects(loader.load())
    options.paths = [folder.write('gateway.yaml', text)]
    const { result } = await loader.load()

    assert.equal(result, 'good')
    assert.equal(deaths.length, 1)
  })

  test('starts a new thread after one that ended, from the model in force', async () => {
    using folder = testFolder()
    const { loader, load, model } = loaderOf(folder.write('gateway.yaml', text))

    await load()
    await loader[Symbol.asyncDispose]()
    folder.write('gateway.yaml', text.replace('a.test', 'c.test'))
    const second = await load()
    await loader[Symbol.asyncDispose]()

    assert.deepEqual(
      second.difference?.routes.put.map(({ id }) => id),
      ['c.test/'],
    )
    assert.equal(model()?.routes.length, 2)
  })
})
