import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { foundTexts } from '../../../fuzz/found.ts'
import { NodeRequestParser } from '../../../fuzz/node-parser.ts'
import { Random } from '../../../fuzz/random.ts'
import { RequestOracle } from '../../../fuzz/request-oracle.ts'
import { ResponseOracle } from '../../../fuzz/response-oracle.ts'

describe('bytes that the fuzzer once found to be read wrongly', () => {
  for (const text of foundTexts('request')) {
    test(`request ${JSON.stringify(text)}`, async () => {
      assert.equal(await new RequestOracle(new NodeRequestParser()).judge(text, new Random(1)), undefined)
    })
  }

  for (const text of foundTexts('response')) {
    test(`response ${JSON.stringify(text)}`, async () => {
      assert.equal(await new ResponseOracle().judge(text, new Random(1)), undefined)
    })
  }
})
