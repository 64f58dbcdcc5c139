import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ListenerTls } from '../../../src/model/tls.ts'
import { HostTable, type Treatment } from '../../../src/tls/host-table.ts'
import { makeCa, serverCertificate } from '../../support/certificates.ts'
import { tlsSetup } from '../../support/tls-stage.ts'

const ca = makeCa()
const main = serverCertificate(ca, ['main.test', '*.main.test'])
const other = serverCertificate(ca, ['other.test'])
const own = serverCertificate(ca, ['own.test'])

const target = { kind: 'leaf', value: 'mail' } as const
const { tls } = tlsSetup({
  certificates: [main, other],
  hosts: [
    { names: ['own.test'], certificates: [own] },
    { names: ['strict.main.test', 'strict.test'], policy: { minVersion: 'TLSv1.3' } },
    { names: ['same.main.test'] },
  ],
  passthrough: [{ names: ['mail.main.test', '*.pass.test'], target }],
})

function shown(treatment: Treatment): string {
  switch (treatment.kind) {
    case 'terminate':
      return `${treatment.spec.certificates.map(({ names }) => names[0]).join()} ${treatment.spec.policy.minVersion}`
    case 'pass':
      return 'pass'
    case 'refuse':
      return 'refuse'
  }
}

function find(name: string, changes: Partial<ListenerTls> = {}): Treatment {
  return new HostTable({ ...tls, ...changes }).find(name)
}

describe('HostTable gives', () => {
  for (const [name, treatment] of [
    ['main.test', 'main.test TLSv1.2'],
    ['x.main.test', 'main.test TLSv1.2'],
    ['other.test', 'other.test TLSv1.2'],
    ['own.test', 'own.test TLSv1.2'],
    ['strict.main.test', 'main.test TLSv1.3'],
    ['strict.test', 'main.test TLSv1.3'],
    ['mail.main.test', 'pass'],
    ['x.pass.test', 'pass'],
    ['unknown.test', 'main.test TLSv1.2'],
    ['', 'main.test TLSv1.2'],
  ] as const) {
    test(`"${name}" ${treatment}`, () => {
      assert.equal(shown(find(name)), treatment)
    })
  }

  for (const [name, treatment] of [
    ['main.test', 'main.test TLSv1.2'],
    ['unknown.test', 'refuse'],
    ['strict.test', 'refuse'],
    ['', 'refuse'],
  ] as const) {
    test(`"${name}" ${treatment} where unknown names are refused`, () => {
      assert.equal(shown(find(name, { unknownNames: 'refuse' })), treatment)
    })
  }

  test('everything without a certificate to a passthrough of all names', () => {
    const passthrough = [{ names: ['*'], target }]

    assert.equal(shown(find('unknown.test', { passthrough })), 'pass')
    assert.equal(shown(find('main.test', { passthrough })), 'main.test TLSv1.2')
  })

  test('no certificate nobody has: without any, all names are refused', () => {
    assert.equal(shown(find('main.test', { certificates: [] })), 'refuse')
  })

  test('names with equal policies and the same certificate the same treatment', () => {
    const table = new HostTable(tls)

    assert.equal(table.find('same.main.test'), table.find('main.test'))
  })

  test('a renewed certificate the same group and another key', () => {
    const before = find('other.test')
    const after = new HostTable(tlsSetup({ certificates: [serverCertificate(ca, ['other.test'])] }).tls).find(
      'other.test',
    )

    assert.ok(before.kind === 'terminate' && after.kind === 'terminate')
    assert.equal(after.group, before.group)
    assert.notEqual(after.key, before.key)
  })
})
