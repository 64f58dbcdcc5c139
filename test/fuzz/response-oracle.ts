import { isBodiless } from '../../src/http/status.ts'
import { type ReadMessage, readResponses } from '../support/codec.ts'
import { type NodeMessage, readNodeResponse } from './node-parser.ts'
import { type Oracle, type Pair, pairsOf, splitRandomly } from './oracle.ts'
import type { Random } from './random.ts'

const dropped =
  /^(?:content-length|transfer-encoding|connection|keep-alive|proxy-connection|proxy-authenticate|te|trailer|upgrade|server|l5d-.*|x-envoy-.*)$/

/**
 * Holds what we take against Node's client: the 1xx responses and the final one behind them are read the same way, and Node
 * takes none for complete that we do not. What follows the final response neither reads here.
 */
export class ResponseOracle implements Oracle {
  async judge(text: string, random: Random): Promise<string | undefined> {
    const method = random.pick(['GET', 'GET', 'POST', 'HEAD'])
    const bytes = Buffer.from(text, 'latin1')
    const ours = readResponses([bytes], [method], 'ended')
    const cut = readResponses(splitRandomly(bytes, random), [method], 'ended')
    if (JSON.stringify([cut.messages, cut.rest]) !== JSON.stringify([ours.messages, ours.rest])) {
      return 'where the bytes are cut changes what is read'
    }
    const nodes = await readNodeResponse(text, method)
    for (const [i, message] of ours.messages.entries()) {
      const node = nodes[i]
      if (node === undefined) return 'Node does not take a message that we take'
      const difference = differs(message, node)
      if (difference !== undefined) return difference
      if (isFinal(node.status)) return undefined
    }
    const isOver = ours.rest === 'refused' || ours.rest === 'closed'
    return !isOver && nodes.length > ours.messages.length ? 'Node takes a response that we do not' : undefined
  }
}

function isFinal(status: number): boolean {
  return status >= 200 || status === 101
}

function differs({ head, body, trailers }: ReadMessage, node: NodeMessage): string | undefined {
  if (head['status'] !== node.status) return 'another status'
  if (`1.${String(head['version'])}` !== node.version) return 'another version'
  if (isFinal(node.status) && !isBodiless(node.status) && body !== node.body) return 'another body'
  if (JSON.stringify(pairsOf(String(head['fields']))) !== JSON.stringify(expectedFields(node)))
    return 'other fields'
  const ours = pairsOf(trailers).map((pair) => JSON.stringify(pair))
  const theirs = new Set(node.trailers.map((pair) => JSON.stringify(pair)))
  return ours.every((pair) => theirs.has(pair)) ? undefined : 'other trailers'
}

/** What of Node's fields should go on, found the slow and plain way. */
function expectedFields(node: NodeMessage): Pair[] {
  const nominated = new Set(
    node.fields
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.toLowerCase().split(/[ \t]*,[ \t]*/)),
  )
  return node.fields.filter(
    ([name]) => !dropped.test(name.toLowerCase()) && !nominated.has(name.toLowerCase()),
  )
}
