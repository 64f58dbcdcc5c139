import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { load } from '../../../src/control/load.ts'
import { printPlace } from '../../../src/model/problem.ts'
import { issue, makeCa } from '../../support/certificates.ts'
import { testFolder } from '../../support/folder.ts'

const routes = 'listeners: [{ name: web, address: ":8080" }]\nroutes: [{ hosts: [a.test], to: a }]\n'
const clusters = 'clusters: { a: { endpoints: [10.0.0.1:80] } }\n'

describe('loading', () => {
  test('takes the files of a folder as one configuration', () => {
    using folder = testFolder()
    folder.write('10-routes.yaml', routes)
    folder.write('20-clusters.yaml', clusters)

    const { model, problems } = load({ paths: [folder.path], env: {}, cores: 2 }, undefined, undefined)

    assert.deepEqual([model?.routes.length, model?.clusters.length, problems], [1, 1, []])
  })

  test('says nothing of names that may be in a file that cannot be read', () => {
    using folder = testFolder()
    const path = folder.write('10-routes.yaml', routes)
    const missing = join(folder.path, '20-clusters.yaml')

    const { model, problems } = load({ paths: [path, missing], env: {}, cores: 2 }, undefined, undefined)

    assert.equal(model, undefined)
    assert.deepEqual(
      problems.map(({ origin }) => printPlace(origin)),
      [missing],
    )
  })

  test('keeps the ranks of routes that did not move', () => {
    using folder = testFolder()
    const options = { paths: [folder.write('a.yaml', routes + clusters)], env: {}, cores: 2 }
    const before = load(options, undefined, undefined).model
    folder.write('a.yaml', (routes + clusters).replace('[{ hosts', '[{ hosts: [x.test], to: a }, { hosts'))

    const after = load(options, before, undefined).model

    assert.deepEqual(
      after?.routes.map(({ id, rank }) => [id, rank]),
      [
        ['x.test/', 0],
        ['a.test/', 1],
      ],
    )
  })

  test('resolves secrets of the environment and of files', () => {
    using folder = testFolder()
    const token = folder.write('token', '0123456789abcdef\n')
    const path = folder.write(
      'a.yaml',
      `${routes}${clusters}admin: { address: ":9901", token: "file:${token}" }\n`,
    )

    const { model } = load({ paths: [path], env: {}, cores: 2 }, undefined, undefined)

    assert.deepEqual(model?.settings.admin.token, { kind: 'file', path: token })
  })

  test('finds certificates beside the file that names them, and tells which files it has looked at', () => {
    using folder = testFolder()
    const made = issue(makeCa(), { altNames: ['DNS:a.test'] })
    folder.write('conf/certs/a.crt', made.pem)
    folder.write(
      'conf/certs/a.key',
      made.key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' }),
    )
    folder.write('conf/certs/a.password', 'open\n')
    const tls =
      '{ certificates: [{ cert: certs/a.crt, key: certs/a.key, password: "file:certs/a.password" }] }'
    const path = folder.write('conf/a.yaml', `listeners: [{ name: web, address: ":1", tls: ${tls} }]\n`)

    const { model, materials, files, problems } = load(
      { paths: [path], env: {}, cores: 2 },
      undefined,
      undefined,
    )

    assert.deepEqual(problems, [])
    assert.equal(model?.listeners[0]?.tls?.certificates[0]?.material, materials[0]?.id)
    assert.deepEqual(
      new Set(files),
      new Set(['a.crt', 'a.key', 'a.password'].map((name) => join(folder.path, 'conf/certs', name))),
    )
  })
})
