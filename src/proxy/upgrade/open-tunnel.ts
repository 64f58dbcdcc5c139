import { appendField, fieldValue, withoutField } from '../../http/field-block.ts'
import type { Ms } from '../../std/units.ts'
import { RequestHead } from '../../wire/h1/request-head.ts'
import type { ResponseHead } from '../../wire/h1/response-head.ts'
import { websocketAccept } from '../../wire/websocket/handshake.ts'
import { armPhase } from '../deadline.ts'
import type { Exchange } from '../exchange.ts'
import { failAttempt } from '../retry.ts'
import { FrameGate } from './frame-gate.ts'
import { forbidsExtensions, readsFrames } from './reads-frames.ts'
import type { Upgrade } from './upgrade.ts'

/**
 * Whether a response head says yes to the question of its request, or something that its client would take for a yes: to an
 * extended CONNECT every 2xx is one.
 */
export function opensTunnel(exchange: Exchange, head: ResponseHead): boolean {
  if (exchange.upgrade === undefined) return false
  const isSuccess = head.status >= 200 && head.status < 300
  if (exchange.connection?.speaks === 'HTTP/2') return isSuccess
  return head.status === 101 || (isSuccess && exchange.protocol === 'HTTP/2')
}

/**
 * Opens the tunnel that an endpoint has agreed to, once the answer is proved right.
 *
 * @param fields what the client gets of the head.
 * @returns false when the answer was not, and the attempt has failed.
 */
export function openTunnel(
  exchange: Exchange,
  upgrade: Upgrade,
  head: ResponseHead,
  fields: string,
): boolean {
  const fault = switchFault(exchange, upgrade, head)
  if (fault !== '') {
    failAttempt(exchange, 'upstream_bad_response', fault)
    return false
  }
  const { sink, source, connection, traffic } = exchange
  begin(exchange, upgrade)
  sink?.sendHead(exchange.status, '', answerFields(exchange, upgrade, fields), 'tunnel', false)
  exchange.connection = connection?.openTunnel()
  if (exchange.crossing?.isBehind(exchange) !== true) {
    traffic.tunnels.add(exchange)
    traffic.counters.upgradeOpened()
  }
  for (const part of exchange.kept.splice(0)) exchange.connection?.sendBody(part, 0, part.length, false)
  source?.openTunnel()
  if (upgrade.clientEnded) exchange.connection?.sendEnd('')
  exchange.connection?.flush()
  return true
}

/** What is wrong with an answer that says yes; `""` when nothing is. RFC 6455 §4.1. */
function switchFault(exchange: Exchange, { protocol, key, rules }: Upgrade, head: ResponseHead): string {
  const { fields } = head
  if (
    protocol === 'websocket' &&
    forbidsExtensions(rules) &&
    fieldValue(fields, 'sec-websocket-extensions') !== undefined
  )
    return 'websocket extensions that nobody offered'
  if (exchange.connection?.speaks === 'HTTP/2') return ''
  if (head.status !== 101) return `status ${head.status} in answer to an upgrade that cannot be refused so`
  if (head.version === 0) return 'a change of protocol in HTTP/1.0'
  if (head.upgrade.toLowerCase() !== protocol) return `a change to "${head.upgrade}" and not to "${protocol}"`
  if (protocol !== 'websocket') return ''
  const accept = fieldValue(fields, 'sec-websocket-accept')
  if (accept === websocketAccept(key)) return ''
  return accept === undefined ? 'no sec-websocket-accept' : `a wrong sec-websocket-accept "${accept}"`
}

function begin(exchange: Exchange, upgrade: Upgrade): void {
  const { traffic } = exchange
  const now = traffic.wheel.now
  const { rules } = upgrade
  exchange.upstreamMs = traffic.clock.now() - exchange.attemptStarted
  exchange.connectMs = exchange.connection?.connectMs ?? 0
  exchange.status = exchange.protocol === 'HTTP/2' ? 200 : 101
  exchange.phase = 'responding'
  exchange.headSent = true
  exchange.bodyGone = true
  exchange.requestComplete = false
  exchange.fields = ''
  exchange.head = whatTheLogNeeds(exchange.head)
  if (upgrade.protocol === 'websocket' && readsFrames(rules)) upgrade.gate = new FrameGate(rules)
  upgrade.open = true
  upgrade.heardAt = now
  upgrade.quietMs = Math.min(orInfinity(rules.idle), orInfinity(rules.ping))
  exchange.totalAt = now + orInfinity(rules.age)
  armPhase(exchange, upgrade.quietMs)
}

/** A tunnel lives long: it is not to keep what only reading heads needs. */
function whatTheLogNeeds(head: RequestHead): RequestHead {
  const kept = new RequestHead()
  kept.fields = head.fields
  kept.authority = head.authority
  return kept
}

function answerFields(exchange: Exchange, { protocol, key }: Upgrade, fields: string): string {
  const plain = exchange.protocol === 'HTTP/2' ? fields : `${fields}upgrade: ${protocol}\r\n`
  if (protocol !== 'websocket') return plain
  const bare = withoutField(plain, 'sec-websocket-accept')
  return exchange.protocol === 'HTTP/2'
    ? bare
    : appendField(bare, 'sec-websocket-accept', websocketAccept(key))
}

function orInfinity(limit: Ms): Ms {
  return limit === 0 ? Number.POSITIVE_INFINITY : limit
}
