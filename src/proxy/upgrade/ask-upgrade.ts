import { appendField, fieldValue, withoutField } from '../../http/field-block.ts'
import type { LocalReply } from '../../model/reply.ts'
import type { UpgradeRules } from '../../model/route.ts'
import type { RequestHead } from '../../wire/h1/request-head.ts'
import { isWebsocketKey, websocketVersion } from '../../wire/websocket/handshake.ts'
import type { Exchange } from '../exchange.ts'
import { rescue } from '../rescue.ts'
import type { RouteRuntime } from '../route-runtime.ts'
import { forbidsExtensions } from './reads-frames.ts'
import { Upgrade } from './upgrade.ts'

/** A request that asks to leave HTTP. */
export type UpgradeQuestion = Pick<Exchange, 'method' | 'protocol'> & {
  readonly head: Pick<RequestHead, 'upgrade' | 'fields'>
}

type UpgradingRoute = Pick<RouteRuntime, 'upgrade' | 'answers'>

/**
 * Takes up a request that asks to leave HTTP, if its route lets it: `exchange.upgrade` is set then.
 *
 * A protocol that the route does not list is not carried on: over HTTP/1.1 the request goes its way without the question
 * (RFC 9110 §7.8 lets anybody ignore it); an extended CONNECT of HTTP/2 is nothing else than the question, and is refused.
 *
 * @returns the answer to a question that is put wrongly, or may not be put.
 */
export function askUpgrade(exchange: Exchange, runtime: UpgradingRoute): LocalReply | undefined {
  const refusal = upgradeRefusal(exchange, runtime)
  if (refusal !== undefined) return refusal
  if (!mayUpgrade(exchange, runtime)) return undefined
  const protocol = exchange.head.upgrade
  const isConnect = exchange.protocol === 'HTTP/2'
  const isWebsocket = protocol === 'websocket'
  const { upgrade: rules } = runtime
  exchange.upgrade = new Upgrade(protocol, isWebsocket ? takeKey(exchange) : '', rules)
  // An upgrade of HTTP/1.1 is complete with its head; an extended CONNECT only if its client has nothing to say.
  exchange.upgrade.clientEnded = isConnect && exchange.requestComplete
  if (isWebsocket && forbidsExtensions(rules))
    exchange.fields = withoutField(exchange.fields, 'sec-websocket-extensions')
  exchange.fields = appendField(exchange.fields, 'upgrade', protocol)
  return undefined
}

/** The answer to a question that is put wrongly, or may not be put. */
export function upgradeRefusal(asked: UpgradeQuestion, runtime: UpgradingRoute): LocalReply | undefined {
  const { head, protocol } = asked
  if (!mayUpgrade(asked, runtime))
    return protocol === 'HTTP/2' ? rescue('upgrade_protocol', head.upgrade) : undefined
  return head.upgrade === 'websocket' ? judge(asked, runtime.upgrade) : undefined
}

/** A success of a filter would tell the client of a CONNECT that there is a tunnel. */
function mayUpgrade({ head, protocol }: UpgradeQuestion, { upgrade, answers }: UpgradingRoute): boolean {
  if (!upgrade.protocols.includes(head.upgrade)) return false
  return protocol !== 'HTTP/2' || (head.upgrade === 'websocket' && answers === 'upstream')
}

/** RFC 6455 §4.2.1, RFC 8441 §5. */
function judge(asked: UpgradeQuestion, { httpOrigins }: UpgradeRules): LocalReply | undefined {
  const { method, protocol, head } = asked
  const { fields } = head
  if (method !== 'GET') return rescue('bad_upgrade', `method ${method}`)
  const version = fieldValue(fields, 'sec-websocket-version')
  if (version !== websocketVersion) return wrongVersion(protocol, version)
  const key = fieldValue(fields, 'sec-websocket-key')
  if (protocol !== 'HTTP/2' && !isWebsocketKey(key))
    return rescue('bad_upgrade', key === undefined ? 'no sec-websocket-key' : `sec-websocket-key "${key}"`)
  if (httpOrigins.length === 0) return undefined
  const origin = fieldValue(fields, 'origin')
  if (origin !== undefined && httpOrigins.includes(origin.toLowerCase())) return undefined
  return rescue('upgrade_origin', origin === undefined ? 'no origin' : `origin "${origin}"`)
}

/** RFC 6455 §4.4, RFC 9110 §15.5.22: says what would be taken. HTTP/2 has no fields for the change itself. */
function wrongVersion(protocol: Exchange['protocol'], version: string | undefined): LocalReply {
  const detail = version === undefined ? 'no sec-websocket-version' : `sec-websocket-version "${version}"`
  const change = protocol === 'HTTP/2' ? '' : 'upgrade: websocket\r\nconnection: upgrade\r\n'
  const reply = rescue('websocket_version', detail)
  return { ...reply, fields: `${change}sec-websocket-version: ${websocketVersion}\r\n` }
}

/** The key of the handshake with the endpoint: the client's, or one of ours for a client that speaks HTTP/2. */
function takeKey(exchange: Exchange): string {
  const own = fieldValue(exchange.head.fields, 'sec-websocket-key')
  if (exchange.protocol !== 'HTTP/2') return own ?? ''
  const key = Buffer.from(exchange.traffic.ids.next(), 'hex').toString('base64')
  exchange.fields = appendField(withoutField(exchange.fields, 'sec-websocket-key'), 'sec-websocket-key', key)
  return key
}
