import type { LimitRule } from '../../../../model/filters/limit-rule.ts'
import type { RateRule } from '../../../../model/filters/rate-limit.ts'
import type { NginxReader } from './reader.ts'
import { block, list, whole } from './values.ts'

/** What ingress-nginx multiplies a rate with for its burst. */
const usualMultiplier = 5
const most = 1_000_000
const second = 1000
const minute = 60_000

/**
 * Limits by client address, of rates with the bursts of ingress-nginx. In front of what was read so far: there, limits come before
 * authentication.
 */
export function readRates(reader: NginxReader): void {
  const perSecond = reader.read('limit-rps', whole(0, most)) ?? 0
  const perMinute = reader.read('limit-rpm', whole(0, most)) ?? 0
  const multiplier = reader.read('limit-burst-multiplier', whole(1, 1000)) ?? usualMultiplier
  const connections = reader.read('limit-connections', whole(0, most)) ?? 0
  const allowed = reader.read('limit-allowlist', list(block))
  const exceptClients = allowed ?? reader.read('limit-whitelist', list(block)) ?? []
  const usualStatus = reader.compat === 'ingress-nginx' ? 503 : 429
  const { requests = usualStatus, connections: ofConnections = usualStatus } = reader.limitStatuses ?? {}
  const common = { ...byClient, exceptClients }
  const { before } = reader.filters
  if (connections > 0)
    before.unshift({
      kind: 'concurrencyLimit',
      ...common,
      status: ofConnections,
      limit: connections,
      store: 'default',
    })
  const rules: RateRule[] = []
  const ofRates = { ...common, ...usual, status: requests }
  if (perSecond > 0) rules.push({ ...ofRates, rate: perSecond, per: second, burst: perSecond * multiplier })
  if (perMinute > 0) rules.push({ ...ofRates, rate: perMinute, per: minute, burst: perMinute * multiplier })
  if (rules.length > 0) before.unshift({ kind: 'rateLimit', rules })
}

const byClient: LimitRule = {
  name: undefined,
  key: [{ kind: 'client-ip' }],
  prefix: { v4: 32, v6: 64 },
  missing: 'shared',
  onStoreError: 'local',
  mode: 'enforce',
  status: 429,
  headers: 'denied',
  exceptClients: [],
  exceptIdentities: [],
}

const usual = {
  kind: 'rate',
  cost: 1,
  laterCost: undefined,
  overrides: [],
  legacyHeaders: 'off',
} as const satisfies Partial<RateRule>
