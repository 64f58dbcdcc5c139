import { Flaw, noSecrets } from '../../../format/flaw.ts'
import { cookieName, matchedHeader } from '../../../format/names.ts'
import { matchedValue, regex, replacement } from '../../../format/values.ts'
import type { Canary } from '../annotations-read.ts'
import type { NginxReader } from './reader.ts'
import { block, bool, format, list, meansTrue, type Parse, whole } from './values.ts'

/**
 * Whether paths are regular expressions, and what becomes of them. They stay expressions when the value is wrong: as plain paths they
 * would no longer take what they were to protect, and those of other Ingresses of the host would change too.
 */
export function readRegex(reader: NginxReader) {
  const useRegex = reader.read('use-regex', bool) ?? reader.says('use-regex', meansTrue)
  const rewriteTarget = reader.read('rewrite-target', rewrite)
  const isRewritten =
    rewriteTarget !== undefined || reader.says('rewrite-target', (text) => text.trim() !== '')
  const given = isRewritten ? 'rewrite-target' : useRegex ? 'use-regex' : undefined
  if (given !== undefined && reader.compat === 'off') {
    reader.warn(given, 'AnnotationDiffers', {
      message: `${given} makes regular expressions of the paths of this Ingress alone, which are asked before other paths of the host that are longer, and may be protected; in ingress-nginx it does so with every path of the host, and the longest is asked first`,
      remedy: 'repeat it on the other Ingresses of the host, or leave it out',
    })
  }
  return { regex: given === undefined ? ('off' as const) : ('on' as const), rewriteTarget }
}

const rewrite: Parse<string> = (text) => {
  if (/^https?:\/\//.test(text))
    return new Flaw('is a URL', 'write a path, or "temporal-redirect" with the URL')
  if (!/^[/$]/.test(text)) return new Flaw('does not start with "/"', `write "/${text.slice(0, 60)}"`)
  if (/[?#]/.test(text))
    return new Flaw('holds more than a path', 'write the path alone; the query stays as it is')
  if (/\$(?![1-9])/.test(text))
    return new Flaw(
      'holds a variable of nginx, which is not filled in',
      'write "$1" to "$9" for groups of the path',
    )
  return replacement.read(text, noSecrets)
}

/** Address blocks of clients. */
export function readClients(reader: NginxReader) {
  const blocks = list(block)
  const allowed = reader.read('allowlist-source-range', blocks)
  const older = reader.read('whitelist-source-range', blocks)
  if (allowed !== undefined && older !== undefined && allowed.join() !== older.join()) {
    reader.warn('whitelist-source-range', 'AnnotationDiffers', {
      message:
        'whitelist-source-range and allowlist-source-range are one thing and say different things; the latter holds',
      remedy: 'remove one of them',
    })
  }
  return {
    allowClients: allowed ?? older,
    denyClients: reader.read('denylist-source-range', blocks) ?? [],
  }
}

const canaryNames = [
  'weight',
  'weight-total',
  'by-header',
  'by-header-value',
  'by-header-pattern',
  'by-cookie',
]

/**
 * What an Ingress takes of another one. One that says in a wrong way that it is a canary takes nothing: as an Ingress like others it
 * would take all requests of its path, if it is the older one.
 */
export function readCanary(reader: NginxReader): Canary | undefined {
  const isCanary = reader.read('canary', canaryMark)
  const total = Math.max(100, reader.read('canary-weight-total', whole(1, 1_000_000)) ?? 100)
  const weight = reader.read('canary-weight', whole(0, total)) ?? 0
  const header = readCanaryHeader(reader)
  const cookie = reader.read('canary-by-cookie', format(cookieName))
  const given = canaryNames.map((name) => `canary-${name}`).find((name) => reader.has(name))
  if (isCanary === 'unclear') {
    reader.refuse('canary', 'AnnotationInvalid', {
      message: 'canary is not written "true", and this canary takes no requests',
      remedy: 'write "true"',
    })
    return { weight: 0, total, header: undefined, cookie: undefined }
  }
  if (isCanary !== true) {
    if (given !== undefined && !reader.has('canary'))
      reader.warn(given, 'AnnotationInvalid', {
        message: `${given} says nothing without "canary"`,
        remedy: 'add "canary: true", or remove it',
      })
    return undefined
  }
  if (weight === 0 && header === undefined && cookie === undefined) {
    reader.warn('canary', 'AnnotationInvalid', {
      message: 'canary takes no requests: there is no weight, header or cookie',
      remedy: 'add "canary-weight", "canary-by-header" or "canary-by-cookie"',
    })
  }
  return { weight, total, header, cookie }
}

const canaryMark: Parse<boolean | 'unclear'> = (text) => {
  const read = bool(text)
  return read instanceof Flaw && meansTrue(text) ? 'unclear' : read
}

function readCanaryHeader(reader: NginxReader): Canary['header'] {
  const name = reader.read('canary-by-header', format(matchedHeader))
  const value = reader.read('canary-by-header-value', format(matchedValue))
  const pattern = reader.read('canary-by-header-pattern', format(regex))
  const isWhole =
    value !== undefined ||
    (!reader.has('canary-by-header-value') &&
      (pattern !== undefined || !reader.has('canary-by-header-pattern')))
  if (name === undefined || !isWhole) return undefined
  return { name, value, pattern: value === undefined ? pattern : undefined }
}
