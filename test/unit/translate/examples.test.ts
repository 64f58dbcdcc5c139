import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { load } from '../../../src/control/load.ts'
import { accessLogFields } from '../../../src/model/access-log-fields.ts'
import { fieldReaders } from '../../../src/telemetry/access-log-fields.ts'
import { keywordsOf } from '../../../src/translate/read/keywords.ts'
import { kubernetesSchema } from '../../../src/translate/schema/kubernetes.ts'
import { type MadeCertificate, makeCa, serverCertificate } from '../../support/certificates.ts'
import { testFolder } from '../../support/folder.ts'
import { problemsOf } from '../../support/model.ts'

const folder = join(import.meta.dirname, '../../../config')

describe('every example in config/', () => {
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    const text = readFileSync(join(folder, name), 'utf8')

    test(`${name} loads without a problem`, () => {
      using files = testFolder()
      const file = files.write(name, text)
      for (const path of text.match(/certs\/[\w.-]+/g) ?? []) files.write(path, contentOf(path))
      for (const path of text.match(/(?<=extension: )\.\/extensions\/[\w.-]+/g) ?? [])
        files.write(path, readFileSync(join(folder, path)))

      const { model, problems } = load({ paths: [file], env: {}, cores: 2 }, undefined, undefined)

      assert.deepEqual(problems, [])
      assert.ok((model?.routes.length ?? 0) > 0 || model?.settings.kubernetes !== undefined)
    })

    test(`${name} tells editors where its schema is`, () => {
      assert.match(text, /^# yaml-language-server: \$schema=schema\.json\n/)
    })
  }
})

describe('config/kubernetes.yaml', () => {
  const text = readFileSync(join(folder, 'kubernetes.yaml'), 'utf8')

  for (const [key, schema] of Object.entries(keywordsOf(kubernetesSchema).properties ?? {})) {
    test(`names ${key}, in a comment at its default`, () => {
      const line = text.split('\n').find((one) => new RegExp(`^  (?:# )?${key}: `).test(one)) ?? ''
      const fallback = keywordsOf(schema).default

      assert.notEqual(line, '')
      if (typeof fallback === 'string')
        assert.match(line, new RegExp(`${key}: ${fallback.replace('/', '.')}(?: |$)`))
    })
  }

  test('listens on ports that anybody may bind, and names those that clients know', () => {
    const { model } = load(
      { paths: [join(folder, 'kubernetes.yaml')], env: {}, cores: 2 },
      undefined,
      undefined,
    )

    assert.deepEqual(
      model?.listeners.map(({ address, publicPort }) => [
        address.kind === 'tcp' ? address.port : 0,
        publicPort,
      ]),
      [
        [8080, 80],
        [8443, 443],
      ],
    )
  })
})

const ca = makeCa()
const certificates = new Map<string, MadeCertificate>()

/** What a file of an example has to hold, by its name: `a.crt` and `a.key` belong together, `a.pem` is an authority. */
function contentOf(path: string): string {
  if (path.endsWith('.pem')) return ca.pem
  const name = path.replace(/\.\w+$/, '')
  const made =
    certificates.get(name) ??
    serverCertificate(ca, ['example.com', '*.example.com'], name.endsWith('-rsa') ? 'rsa' : 'ecdsa')
  certificates.set(name, made)
  return path.endsWith('.key') ? made.keyPem : made.pem
}

/** The sample of the architecture page, whole: with keys of capabilities that are not there yet. */
const sample = `listeners:
  - { name: web, address: 0.0.0.0:8080 }
  - name: web-tls
    address: 0.0.0.0:8443
    tls: { certificates: [{ cert: certs/shop.crt, key: certs/shop.key }] }
  - { name: out, address: 127.0.0.1:3128, role: egress }
routes:
  - hosts: [shop.example.com]
    path: /api
    filters:
      - rateLimit: { key: client-ip, rate: 100/s, burst: 200 }
    to: api
  - hosts: [shop.example.com]
    to: [{ cluster: web-v1, weight: 90 }, { cluster: web-v2, weight: 10 }]
clusters:
  api: { endpoints: [10.0.0.5:8080, 10.0.0.6:8080], balance: ewma }
  web-v1: { dns: web.internal:8080 }
  web-v2: { endpoints: [10.0.0.7:8080] }
egress:
  rules:
    - { from: { identity: batch }, to: ["api.github.com", "*.example.org"], ports: [443] }
`

describe('the sample of the architecture page', () => {
  test('has no fault but a certificate that is not here, and the keys of later capabilities, each of which is one', () => {
    assert.deepEqual(
      problemsOf(sample).map((problem) =>
        problem.replace(/ (?:is not available in this version|cannot be read here).*$/, ''),
      ),
      [
        'gateway.yaml:5:35: file "certs/shop.crt"',
        'gateway.yaml:6:43: "role"',
        'gateway.yaml:19:1: "egress"',
      ],
    )
  })
})

describe('fields of access log templates', () => {
  test('are the same to the translator and to the log', () => {
    assert.deepEqual(new Set(accessLogFields), new Set(fieldReaders.keys()))
  })
})
