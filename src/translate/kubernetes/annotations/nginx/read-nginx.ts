import type { FilterSpec } from '../../../../model/filter-spec.ts'
import type { NginxExtras } from '../annotations-read.ts'
import { nginxPrefix } from '../prefixes.ts'
import type { Findings } from '../problems.ts'
import type { Write } from '../settings.ts'
import { readAuth } from './auth.ts'
import { readBasicAuth } from './basic-auth.ts'
import { readCors } from './cors.ts'
import { readCanary, readClients, readRegex } from './matching.ts'
import { readRates } from './rates.ts'
import { type NginxInput, NginxReader } from './reader.ts'
import { readAliases, readAppRoot, readRedirects } from './redirects.ts'
import { readSticky } from './sticky.ts'
import { readBody, readRetry, readTimes, usualTries } from './times.ts'
import { closesHosts, tellUnobeyed, withoutIgnored } from './unobeyed.ts'
import { readBalance, readUpstream } from './upstreams.ts'
import { bool } from './values.ts'

/** What annotations of ingress-nginx say. */
export interface NginxRead {
  readonly writes: readonly Write[]
  /** In front of the filters that annotations of ours name, and behind them. */
  readonly filters: { readonly before: readonly FilterSpec[]; readonly after: readonly FilterSpec[] }
  readonly extras: NginxExtras
}

/** Reads annotations `nginx.ingress.kubernetes.io/…`; each that is not obeyed is told. */
export function readNginx(input: NginxInput, findings: Findings): NginxRead {
  const annotations = withoutIgnored(input.annotations, findings)
  tellUnobeyed(annotations, findings)
  const reader = new NginxReader({ ...input, annotations }, findings)
  readTimes(reader)
  readBody(reader)
  readRetry(reader)
  readUpstream(reader)
  readBalance(reader)
  readSticky(reader)
  readRedirects(reader)
  readAccessLog(reader)
  readRates(reader)
  readCors(reader)
  const extras = {
    ...readRegex(reader),
    appRoot: readAppRoot(reader),
    canary: readCanary(reader),
    ...readClients(reader),
    aliases: readAliases(reader),
    basicAuth: readBasicAuth(reader),
    auth: readAuth(reader),
    closesHosts: closesHosts(annotations),
  }
  return { writes: reader.writes, filters: reader.filters, extras }
}

function readAccessLog(reader: NginxReader): void {
  const isLogged = reader.read('enable-access-log', bool)
  if (isLogged === undefined) return
  if (isLogged || reader.compat === 'ingress-nginx' || reader.isAllowed('access-log.enabled')) {
    reader.write(['enable-access-log'], ['accessLog', 'enabled'], isLogged ? 'on' : 'off')
    return
  }
  reader.refuse('enable-access-log', 'AnnotationRefused', {
    message: 'enable-access-log "false" needs the leave of the operator: it hides requests from them',
    remedy: 'ask for "access-log.enabled" under "optInAnnotations" of the gateway, or remove it',
  })
}

const second = 1000

/** What ingress-nginx does when nothing is said, as far as it differs from what we do. */
export const nginxDefaults: readonly Write[] = (
  [
    [['body', 'limit'], 1024 * 1024],
    [['connectTimeout'], 5 * second],
    [['timeouts', 'perTry'], 60 * second],
    [['timeouts', 'idle'], 60 * second],
    [['upgrade', 'idle'], 60 * second],
    [
      ['retry', 'on'],
      ['connect', 'reset', 'timeout'],
    ],
    [['retry', 'attempts'], usualTries - 1],
    [['tlsSettings', 'verify'], 'off'],
    [['tlsRedirect'], 'on'],
  ] as const
).map(([path, value]) => ({ annotations: [`${nginxPrefix}*`], path, value, protects: false }))
