import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { environmentRefusal, nodeWarning } from '../../../src/app/node-version.ts'

describe('nodeWarning', () => {
  for (const version of ['26.10.0', '26.13.0', '24.21.0', '24.22.2', '25.9.0', '20.20.2']) {
    test(`warns about Node ${version}`, () => {
      assert.match(nodeWarning(version) ?? '', new RegExp(`^Node ${version} lacks .* of Node 2[46]`))
    })
  }

  for (const version of ['26.13.1', '26.14.0', '24.22.3', '24.30.0', '27.0.0']) {
    test(`has nothing to say about Node ${version}`, () => {
      assert.equal(nodeWarning(version), undefined)
    })
  }
})

describe('environmentRefusal', () => {
  for (const options of [
    '--insecure-http-parser',
    '--max-old-space-size=4096 --insecure-http-parser',
    '--insecure_http_parser',
  ]) {
    test(`refuses NODE_OPTIONS="${options}"`, () => {
      assert.match(environmentRefusal({ NODE_OPTIONS: options }, []) ?? '', /request smuggling/)
    })
  }

  test('refuses the lenient parser on the command line of Node too', () => {
    assert.match(environmentRefusal({}, ['--insecure-http-parser']) ?? '', /remove it/)
  })

  test('refuses certificate checks that are switched off', () => {
    assert.match(environmentRefusal({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, []) ?? '', /unset it/)
  })

  test('accepts what is harmless', () => {
    const env = { NODE_OPTIONS: '--max-old-space-size=4096', NODE_TLS_REJECT_UNAUTHORIZED: '1' }

    assert.equal(environmentRefusal(env, ['--disable-sigusr1']), undefined)
  })
})
