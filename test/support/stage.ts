import type { Stage } from './catalogue.ts'
import { startGateway } from './gateway.ts'
import { Origin } from './origin.ts'

/** Time limits short enough for a test that waits for them. */
export const fastLimits = {
  requestHeadTimeout: '300ms',
  bodyIdle: '300ms',
  bodyRate: '10KiB',
  bodyRateGrace: '300ms',
  keepAliveIdle: '300ms',
  writeStall: '300ms',
}

/**
 * The gateway and the origin of the catalogue.
 *
 * Listeners: `web` with the defaults, without HTTP/2; `fast` with short time limits; `strict` refuses underscores; `keep` keeps `%2F`.
 * `a.test` and `b.test` lead to the origin, save what the gateway answers itself.
 */
export async function openStage(): Promise<Stage & AsyncDisposable> {
  const origin = await Origin.start()
  const address = '127.0.0.1:0'
  const respond = (status: number, body = '') => [{ respond: { status, body } }]
  const gateway = await startGateway({
    listeners: [
      { name: 'web', address, h2c: 'off' },
      { name: 'fast', address, limits: fastLimits },
      { name: 'strict', address, underscores: 'reject' },
      { name: 'keep', address, encodedSlash: 'keep' },
    ],
    routes: [
      { hosts: ['a.test', 'b.test'], to: 'origin' },
      { hosts: ['a.test'], path: '/admin', filters: respond(403, 'no') },
      { hosts: ['a.test'], path: '/fixed', filters: respond(200, 'fixed') },
      { hosts: ['a.test'], path: '/redirect', filters: [{ redirect: { status: 301, host: 'b.test' } }] },
      { hosts: ['a.test'], path: { exact: '/Exact' }, filters: respond(403, 'no') },
      { hosts: ['b.test'], path: '/only-b', filters: respond(403, 'no') },
      { hosts: ['c.test'], path: '/only-get', methods: ['GET'], to: 'origin' },
    ],
    clusters: { origin: { endpoints: [origin.address] } },
  })
  return {
    gateway,
    origin,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await origin[Symbol.asyncDispose]()
    },
  }
}
