import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { forkChild } from '../../../src/app/fork-worker.ts'
import { testFolder } from '../../support/folder.ts'

/** What a child says that tries something. */
async function said(code: string): Promise<unknown> {
  using folder = testFolder()
  const child = forkChild(folder.write('child.mjs', `process.send(${code}); process.disconnect()`))
  const [message] = (await once(child, 'message')) as [unknown]
  await once(child, 'exit')
  return message
}

test('a worker makes no code from text', async () => {
  const tries = `[() => eval('1'), () => new Function('return 1')()].map((way) => {
    try { return way() } catch (error) { return error.name }
  })`

  assert.deepEqual(await said(tries), ['EvalError', 'EvalError'])
})

test('a worker is started with the options of the process that starts it', async () => {
  const options = (await said('process.execArgv')) as string[]

  assert.deepEqual(
    process.execArgv.filter((option) => !options.includes(option)),
    [],
  )
})
