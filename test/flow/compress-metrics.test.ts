import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { renderMetrics } from '../../src/telemetry/exposition.ts'
import { ask, getRequest } from '../support/ask.ts'
import { type Config, startGateway, type TestGateway } from '../support/gateway.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { Origin, reset } from '../support/origin.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

const origin = await Origin.start()

const config: Config = {
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [
    { name: 'pages', filters: [{ compress: {} }], to: 'origin' },
    { name: 'plain', path: '/plain', to: 'origin' },
  ],
  clusters: { origin: { endpoints: [origin.address] } },
}

/** Text that a page could be. */
function page(bytes: number): string {
  let text = ''
  for (let i = 0; text.length < bytes; i++) text += `<p>line ${i} of ${bytes} in ${i * 7919}</p>\n`
  return text.slice(0, bytes)
}

function html(body: string, type = 'text/html'): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

function accepting(coding: string, path = '/'): string {
  return getRequest(path, `Accept-Encoding: ${coding}\r\n`)
}

describe('the counts of compression', () => {
  let gateway: TestGateway
  after(() => origin[Symbol.asyncDispose]())
  beforeEach(async () => {
    origin.forget()
    origin.script = {}
    gateway = await startGateway(config)
  })
  afterEach(() => gateway[Symbol.asyncDispose]())

  /** What is exported of compression, by name and labels, without what is 0. */
  async function counted(): Promise<Record<string, number>> {
    const text = await renderMetrics(gateway.metrics.snapshot())
    const lines = text.split('\n').filter((line) => line.startsWith('tidegate_compress'))
    const values = lines.map((line): [string, number] => {
      const [name = '', value] = line.split(' ')
      return [name.slice('tidegate_'.length), Number(value)]
    })
    return Object.fromEntries(values.filter(([, value]) => value !== 0))
  }

  function expected(encoding: string, responses: number, from: number, to: number): Record<string, number> {
    const labels = `{route="pages",encoding="${encoding}"}`
    return {
      [`compressed_responses_total${labels}`]: responses,
      [`compression_input_bytes_total${labels}`]: from,
      [`compression_output_bytes_total${labels}`]: to,
    }
  }

  async function ended(count: number): Promise<void> {
    await until(() => gateway.outcomes.length === count, 'the requests are over')
  }

  for (const encoding of ['zstd', 'br', 'gzip']) {
    test(`say how many bytes became how many in ${encoding}, of short bodies and of long ones`, async () => {
      origin.script = { onRequest: ({ target }) => html(page(target === '/long' ? 300_000 : 5000)) }

      const short = await ask(gateway.port(), accepting(encoding))
      const long = await ask(gateway.port(), accepting(encoding, '/long'))
      await ended(2)

      const sent = short.message.bytes + long.message.bytes
      assert.deepEqual(await counted(), expected(encoding, 2, 305_000, sent))
    })
  }

  test('are of each coding by itself', async () => {
    origin.script = { onRequest: () => html(page(5000)) }

    const gzip = await ask(gateway.port(), accepting('gzip'))
    const br = await ask(gateway.port(), accepting('br'))
    await ended(2)

    assert.deepEqual(await counted(), {
      ...expected('gzip', 1, 5000, gzip.message.bytes),
      ...expected('br', 1, 5000, br.message.bytes),
    })
  })

  test('count over HTTP/2', async () => {
    origin.script = { onRequest: () => html(page(200_000)) }
    using client = await H2Client.connect(gateway.port())

    const id = client.request([...pseudo('GET', '/'), ['accept-encoding', 'br']])
    const { pieces } = await client.response(id)
    await ended(1)

    const sent = pieces.reduce((sum, { length }) => sum + length, 0)
    assert.deepEqual(await counted(), expected('br', 1, 200_000, sent))
  })

  for (const [what, path, answered, asked = 'GET'] of [
    ['a route without compression', '/plain', html(page(5000))],
    ['a short body', '/', html('short')],
    ['a picture', '/', html(page(5000), 'image/png')],
    ['HEAD', '/', html(page(5000)).slice(0, -5000), 'HEAD'],
  ] as const) {
    test(`do not know ${what}`, async () => {
      origin.script = { onRequest: () => answered }

      await ask(gateway.port(), accepting('gzip', path).replace('GET', asked))
      await ended(1)

      const text = await renderMetrics(gateway.metrics.snapshot())
      assert.doesNotMatch(text, /tidegate_compress/)
    })
  }

  test('count what was sent of a body that broke off', async () => {
    const broken = html(page(900_000)).slice(0, 90_000)
    const head = broken.indexOf('\r\n\r\n') + 4
    origin.script = { onRequest: () => [broken, Promise.resolve(), reset] }
    using client = await RawClient.connect(gateway.port())

    client.send(accepting('gzip'))
    await until(() => client.state !== 'open', 'the connection is broken off')
    await ended(1)

    const { responseBytes = 0 } = gateway.outcomes[0] ?? {}
    const all = expected('gzip', 1, 90_000 - head, responseBytes)
    assert.deepEqual(
      await counted(),
      Object.fromEntries(Object.entries(all).filter(([, value]) => value !== 0)),
    )
  })

  test('do not know a short body that broke off, for another answer was sent', async () => {
    origin.script = { onRequest: () => [html(page(5000)).slice(0, 3000), Promise.resolve(), reset] }

    const { message } = await ask(gateway.port(), accepting('gzip'))
    await ended(1)

    assert.equal(status(message), 502)
    assert.deepEqual(await counted(), {})
  })

  test('are not kept for a route that went while it answered', async () => {
    let rest: (() => void) | undefined
    const gone = new Promise<void>((resolve) => {
      rest = resolve
    })
    const whole = html(page(90_000))
    origin.script = { onRequest: () => [whole.slice(0, 60_000), gone, whole.slice(60_000)] }
    using client = await RawClient.connect(gateway.port())

    client.send(accepting('gzip'))
    await until(() => origin.requests.length === 1, 'the request has come')
    await gateway.install({ ...config, routes: [{ name: 'plain', path: '/plain', to: 'origin' }] })
    await counted()
    rest?.()
    await client.response(0)
    await ended(1)

    const text = await renderMetrics(gateway.metrics.snapshot())
    assert.doesNotMatch(text, /tidegate_compress/)
  })
})
