import type { Secret } from '../model/secret.ts'
import { printedSecret } from '../model/secret.ts'
import type { StoreErrorKind } from './limiter.ts'
import type { Elsewhere, StoreFailure } from './store-link.ts'

/** What an error of ioredis means. Only its message is read: the error holds the command that failed too, with its arguments. */
export function failureOf(error: unknown, passwords: readonly (Secret | undefined)[]): StoreFailure {
  const message = messageOf(error)
  if (ofClient.test(message)) return { kind: 'connection', cause: 'the connection broke' }
  const [ofSentinels, last] = sentinelsFailed.exec(message) ?? []
  if (ofSentinels !== undefined) return failureOfSentinels(last, passwords)
  return { kind: kindOf(message), cause: cleaned(message, passwords) }
}

function failureOfSentinels(
  last: string | undefined,
  passwords: readonly (Secret | undefined)[],
): StoreFailure {
  if (last === undefined) return { kind: 'other', cause: 'no Sentinel knows a master of this name' }
  const { kind, cause } = failureOf(last, passwords)
  return { kind, cause: `no Sentinel says where the master is: ${cause}` }
}

/** Whether the script has to be given to the server: it was flushed, or this is another server. */
export function isScriptMissing(error: unknown): boolean {
  return messageOf(error).startsWith('NOSCRIPT')
}

/** Where a node of a Cluster sends us: `MOVED 3999 127.0.0.1:6381`; `undefined` when the error says something else. */
export function elsewhereOf(error: unknown): Elsewhere | undefined {
  const [, word, address] = /^(MOVED|ASK) \d+ (\S*:\d+)$/.exec(messageOf(error)) ?? []
  if (address === undefined) return undefined
  return { kind: word === 'MOVED' ? 'moved' : 'asking', address }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function cleaned(message: string, passwords: readonly (Secret | undefined)[]): string {
  let text = message
  for (const password of passwords)
    if (password !== undefined) text = text.replaceAll(password.reveal(), printedSecret)
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
}

/** How ioredis says that a command could not be sent, or its answer did not come. */
const ofClient = /^(?:Reached the max retries|Stream isn't writeable|Connection is closed|Command aborted)/

/** How ioredis says that it has asked all Sentinels; the last error is missing when they answered. */
const sentinelsFailed = /^All sentinels are unreachable.*?(?: Last error: (.*))?$/

/** How Redis 6 says that a command failed in a script; later ones put the place at the end. */
const inScript = /^ERR Error running script \(call to \w+\): (?:@user_script: ?\d+: )+-?/

const kinds: readonly (readonly [RegExp, StoreErrorKind])[] = [
  [/^LOADING|loading the dataset/, 'loading'],
  // NOREPLICAS: a master that lost its replicas, and was told not to write then, is no master for long.
  [/^(?:READONLY|NOREPLICAS)/, 'readonly'],
  [/^(?:NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)/, 'auth'],
  // Redis 6 and 7.0 say so of a command in a script.
  [/^(?:ERR )?The user executing the script can't /, 'auth'],
  [/^OOM/, 'memory'],
  [/^TRYAGAIN/, 'moving'],
  [/^(?:WRONGTYPE|(?:ERR .*)?user_script:)/, 'script'],
  [/^[A-Z]+ /, 'other'],
]

/** By the first word of what Redis says; errors of the connection begin otherwise. */
function kindOf(message: string): StoreErrorKind {
  const said = message.replace(inScript, '')
  const known = kinds.find(([form]) => form.test(said))?.[1]
  return known ?? (said === message ? 'connection' : 'script')
}
