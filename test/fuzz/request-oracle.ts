import { edgeFields } from '../../src/http/edge-fields.ts'
import { normalisePath } from '../../src/http/path.ts'
import { chunkEnd, chunkStart, lastChunk, requestHeadText } from '../../src/wire/h1/serialise.ts'
import { type ReadMessage, readRequests } from '../support/codec.ts'
import type { NodeMessage, NodeRequestParser } from './node-parser.ts'
import { type Oracle, type Pair, pairsOf, splitRandomly } from './oracle.ts'
import type { Random } from './random.ts'

const hopByHop =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|proxy(?:-.*)?|te|trailer|upgrade|http2-settings|expect|.*_.*)$/

/**
 * Holds what we take against Node's strict parser: every message we take Node reads the same way, and Node sees no message
 * where we see none. Known to differ: V10 and V11, where we stop and Node reads on; U03 and C11, where Node stops and we
 * read on. What we send on must read as exactly the messages that we took.
 */
export class RequestOracle implements Oracle {
  readonly #parser: NodeRequestParser

  constructor(parser: NodeRequestParser) {
    this.#parser = parser
  }

  async judge(text: string, random: Random): Promise<string | undefined> {
    const bytes = Buffer.from(text, 'latin1')
    const ours = readRequests([bytes])
    const cut = readRequests(splitRandomly(bytes, random))
    if (JSON.stringify([cut.messages, cut.rest]) !== JSON.stringify([ours.messages, ours.rest])) {
      return 'where the bytes are cut changes what is read'
    }
    const nodes = await this.#parser.read(text)
    if (ours.rest !== 'refused' && ours.rest !== 'closed' && nodes.length > ours.messages.length) {
      return 'Node reads a message that we do not see'
    }
    for (const [i, message] of ours.messages.entries()) {
      const node = nodes[i]
      if (node === undefined) {
        return stopsNode(nodes[i - 1]) ? undefined : 'Node does not take a message that we take'
      }
      const difference = differs(message, node)
      if (difference !== undefined) return difference
    }
    return ours.messages.length === 0 ? undefined : this.#judgeSent(ours.messages)
  }

  /** 2 of hardening §1.8: what goes on comes from our serialiser, and is what we took. */
  async #judgeSent(messages: readonly ReadMessage[]): Promise<string | undefined> {
    const text = messages.map(sent).join('')
    const again = readRequests([Buffer.from(text, 'latin1')])
    const nodes = await this.#parser.read(text)
    if (
      again.rest !== 'idle' ||
      again.messages.length !== messages.length ||
      nodes.length !== messages.length
    ) {
      return 'what we send on is not the messages that we took'
    }
    for (const [i, message] of again.messages.entries()) {
      const took = messages[i]
      const keys = ['method', 'path', 'query', 'host', 'fields'] as const
      const isSame =
        took !== undefined && keys.every((key) => message.head[key] === took.head[key] || key === 'fields')
      if (!isSame || message.body !== took.body || nodes[i]?.body !== took.body)
        return 'what we send on reads otherwise'
    }
    return undefined
  }
}

function sent({ head, body, trailers }: ReadMessage): string {
  const { method, path, query, hasQuery, authority, fields, chunked, contentLength } = head
  const framing = chunked === true ? 'chunked' : Number(contentLength) >= 0 ? Number(contentLength) : 'none'
  const target = `${String(path)}${hasQuery === true ? `?${String(query)}` : ''}`
  const start = requestHeadText(String(method), target, String(authority), String(fields), framing)
  if (framing !== 'chunked') return start + body
  return start + (body === '' ? '' : chunkStart(body.length) + body + chunkEnd) + lastChunk(trailers)
}

function differs({ head, body, trailers }: ReadMessage, node: NodeMessage): string | undefined {
  if (head['method'] !== node.method) return 'another method'
  if (`1.${String(head['version'])}` !== node.version) return 'another version'
  if (
    targetOf(node) !==
    `${String(head['path'])}${head['hasQuery'] === true ? `?${String(head['query'])}` : ''}`
  ) {
    return 'another target'
  }
  const hosts = node.fields.filter(([name]) => name.toLowerCase() === 'host')
  const authority = /^http:\/\/([^/?#]*)/i.exec(node.target)?.[1] ?? hosts[0]?.[1]
  if (hosts.length !== 1 || authority !== head['authority']) return 'another host'
  if (body !== node.body) return 'another body'
  if (JSON.stringify(pairsOf(String(head['fields']))) !== JSON.stringify(expectedFields(node)))
    return 'other fields'
  const ours = pairsOf(trailers).map((pair) => JSON.stringify(pair))
  const theirs = new Set(node.trailers.map((pair) => JSON.stringify(pair)))
  return ours.every((pair) => theirs.has(pair)) ? undefined : 'other trailers'
}

/** Behind an upgrade Node reads nothing; nor behind trailers that say `Connection`, which it obeys and C11 has us drop. */
function stopsNode(node: NodeMessage | undefined): boolean {
  const isUpgrade = node?.fields.some(([name]) => name.toLowerCase() === 'upgrade')
  const isEnd = node?.trailers.some(([name]) => /^(?:proxy-)?connection$/i.test(name))
  return isUpgrade === true || isEnd === true
}

function targetOf({ target, method }: NodeMessage): string | undefined {
  const origin = target.replace(/^http:\/\/[^/?#]*/i, '')
  if (target === '*' || (origin === '' && method === 'OPTIONS')) return '*'
  const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(origin === '' ? '/' : origin) ?? []
  const normal = normalisePath(path, 'reject')
  return normal === undefined ? undefined : normal + query
}

/** What of Node's fields should go on, found the slow and plain way. */
function expectedFields(node: NodeMessage): Pair[] {
  const nominated = new Set(
    node.fields
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.toLowerCase().split(/[ \t]*,[ \t]*/)),
  )
  const kept = node.fields.filter(([name]) => {
    const lower = name.toLowerCase()
    const isEdge = edgeFields.some((edge) => lower === edge || (edge.endsWith('-') && lower.startsWith(edge)))
    return !isEdge && !hopByHop.test(lower) && !nominated.has(lower)
  })
  return node.method === 'OPTIONS' ? countedDown(kept) : [...kept]
}

function countedDown(fields: readonly Pair[]): Pair[] {
  const isLimit = ([name, value]: Pair): boolean =>
    name.toLowerCase() === 'max-forwards' && /^[0-9]{1,9}$/.test(value)
  const limits = fields.filter(([name]) => name.toLowerCase() === 'max-forwards')
  const [limit] = limits
  if (limit === undefined || limits.length > 1 || !isLimit(limit)) return [...fields]
  const rest = fields.filter((pair) => pair !== limit)
  const count = Number(limit[1])
  return count === 0 ? rest : [...rest, ['max-forwards', String(count - 1)]]
}
