import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bindProblem } from '../../../src/control/bind-problem.ts'
import type { Listener, SocketAddress } from '../../../src/model/listener.ts'
import { printProblem } from '../../../src/model/problem.ts'

const origin = { source: 'file', file: 'gateway.yaml', line: 3, column: 5, field: 'listeners[0]' } as const

function told(code: string, address: SocketAddress, stillAt?: SocketAddress): string {
  const listener = { id: 'web', origin, address } as Listener
  return printProblem(bindProblem({ listener, code, stillAt, attempt: 1 }))
}

describe('bindProblem', () => {
  for (const [code, address, expected] of [
    [
      'EADDRINUSE',
      { kind: 'tcp', host: '0.0.0.0', port: 80 },
      /"0\.0\.0\.0:80": the address is in use \(EADDRINUSE\); .*ss -ltnp/,
    ],
    [
      'EACCES',
      { kind: 'tcp', host: '::', port: 443 },
      /"\[::\]:443": not permitted \(EACCES\); .*CAP_NET_BIND_SERVICE/,
    ],
    ['EADDRNOTAVAIL', { kind: 'tcp', host: '192.0.2.1', port: 80 }, /no interface of this host .*ip address/],
    ['EAFNOSUPPORT', { kind: 'tcp', host: '::1', port: 80 }, /this host has no IPv6/],
    ['EINVAL', { kind: 'unix', path: '/run/x.sock' }, /"unix:\/run\/x\.sock": the system refused \(EINVAL\)/],
  ] as const) {
    test(`says what ${code} means and what to do, where the listener stands`, () => {
      assert.match(told(code, address), /^gateway\.yaml:3:5: listener "web" cannot listen on /)
      assert.match(told(code, address), expected)
    })
  }

  test('says where a listener that moves still is', () => {
    const old = { kind: 'tcp', host: '127.0.0.1', port: 81 } as const

    assert.match(told('EADDRINUSE', { ...old, port: 82 }, old), /; it still listens on "127\.0\.0\.1:81"; /)
  })
})
