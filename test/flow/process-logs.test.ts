import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { until } from '../support/raw-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-logs-'))
after(() => rmSync(folder, { recursive: true }))

function config(accessLog: string): Config {
  return {
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: accessLog },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ hosts: ['a.test'], filters: [{ respond: { status: 200, body: 'x' } }] }],
  }
}

function has(file: string, text: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').includes(text)
}

for (const workers of [1, 2]) {
  describe(`the access log of ${workers === 1 ? 'one process' : 'two workers'}`, () => {
    test('goes on in a new file after SIGUSR2, and loses nothing', async () => {
      const file = join(folder, `access-${workers}.log`)
      const moved = `${file}.1`
      await using gateway = await GatewayProcess.start(config(file), { workers })
      await gateway.get('/before')
      await until(() => has(file, '/before'), 'the line is written')

      renameSync(file, moved)
      gateway.signal('SIGUSR2')
      await until(() => existsSync(file), 'the file is opened anew')
      for (let i = 0; i < 10; i++) await gateway.get(`/after/${i}`)
      gateway.signal('SIGTERM')
      await gateway.exit()

      const lines = readFileSync(moved, 'utf8') + readFileSync(file, 'utf8')
      const paths = lines.split('\n').flatMap((line) => /"path":"([^"]*)"/.exec(line)?.[1] ?? [])
      const asked = ['/before', ...Array.from({ length: 10 }, (_, i) => `/after/${i}`)]
      assert.deepEqual(new Set(paths), new Set(asked))
      assert.ok(has(file, '/after/9'))
    })

    test('goes to the standard output, and the log of the gateway does not', async () => {
      await using gateway = await GatewayProcess.start(config('stdout'), { workers })

      await gateway.get('/seen')
      gateway.signal('SIGTERM')
      await gateway.exit()

      const lines = gateway.accessLog.trim().split('\n')
      assert.equal(lines.length, 1)
      assert.equal((JSON.parse(lines[0] ?? '') as { path: string }).path, '/seen')
      assert.deepEqual(gateway.odd, [])
    })
  })
}
