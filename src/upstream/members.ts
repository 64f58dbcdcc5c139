import type { Cluster as ClusterSpec, HealthCheck } from '../model/cluster.ts'
import type { UpstreamDeps } from './deps.ts'
import { DnsDiscovery } from './dns/discovery.ts'
import { type Endpoint, type EndpointOwner, endpointKey } from './endpoint.ts'
import { HealthChecker } from './health-checker.ts'
import { type Member, Membership } from './membership.ts'
import { same } from './same.ts'

/** Who belongs to a cluster, from configuration and DNS, and what active checks say of them. */
export class Members {
  readonly #deps: UpstreamDeps
  readonly #onChange: () => void
  readonly #owner: EndpointOwner
  readonly #membership: Membership
  #spec: ClusterSpec
  #checker: HealthChecker | undefined
  #dns: DnsDiscovery | undefined

  /** @param onChange is told when endpoints came, went or changed their weight or priority. */
  constructor(owner: EndpointOwner, deps: UpstreamDeps, onChange: () => void) {
    this.#owner = owner
    this.#membership = new Membership(owner)
    this.#spec = owner.spec
    this.#deps = deps
    this.#onChange = onChange
  }

  get endpoints(): readonly Endpoint[] {
    return this.#membership.endpoints
  }

  get dns(): DnsDiscovery | undefined {
    return this.#dns
  }

  /** Settles when the name was looked up once, whatever came of it; at once when there is none. */
  async resolved(): Promise<void> {
    await this.#dns?.first
  }

  /** Takes a configuration and starts, or goes on with, what it needs. */
  apply(spec: ClusterSpec): void {
    const before = this.#spec
    this.#spec = spec
    if (!same(before.health, spec.health)) this.#endChecks()
    if (spec.health !== undefined) this.#checker ??= this.#newChecker(spec.health)
    const sameName = same(this.#dns?.spec, spec.dns)
    if (!sameName) this.#endDns()
    this.#update('configuration')
    if (!sameName) this.#startDns(spec)
  }

  close(): void {
    this.#endChecks()
    this.#endDns()
    this.#membership.update([])
  }

  #newChecker(check: HealthCheck): HealthChecker {
    const { open } = this.#deps
    const connecting = open && {
      open: (endpoint: Endpoint, onReady: () => void) => open(this.#owner, endpoint, check.kind, onReady),
    }
    return new HealthChecker(check, {
      ...this.#deps,
      protocol: () => this.#spec.protocol,
      open: undefined,
      ...connecting,
    })
  }

  #startDns(spec: ClusterSpec): void {
    if (spec.dns === undefined) return
    this.#dns = new DnsDiscovery(spec.dns, {
      ...this.#deps,
      onAddresses: () => this.#update('dns'),
      onState: (from, to, cause) => this.#deps.onEvent({ kind: 'dns', cluster: spec.id, from, to, cause }),
    })
    this.#dns.start()
  }

  #endDns(): void {
    this.#dns?.close()
    this.#dns = undefined
  }

  /** Without checks nobody knows; with other ones the old findings stand until theirs. */
  #endChecks(): void {
    this.#checker?.close()
    this.#checker = undefined
    if (this.#spec.health !== undefined) return
    for (const endpoint of this.endpoints) endpoint.setChecked('unchecked', 'health checks ended')
  }

  #update(by: 'configuration' | 'dns'): void {
    const members = [...fixedMembers(this.#spec), ...foundMembers(this.#dns)]
    const { added, removed } = this.#membership.update(members)
    this.#checker?.update(this.endpoints)
    // A cluster's first endpoints are no news to whoever wrote them.
    const first = by === 'configuration' && added.length === this.endpoints.length
    if (!first && added.length + removed.length > 0) {
      this.#deps.onEvent({ kind: 'endpoints', cluster: this.#spec.id, added, removed, by })
    }
    this.#onChange()
  }
}

function fixedMembers(spec: ClusterSpec): Member[] {
  return spec.endpoints.map((endpoint) => ({ spec: endpoint, authority: endpointKey(endpoint.address) }))
}

function foundMembers(dns: DnsDiscovery | undefined): Member[] {
  if (dns === undefined) return []
  const { host, port } = dns.spec
  return dns.addresses.map((address) => ({
    spec: { address: { kind: 'tcp', host: address, port }, weight: 1, priority: 0 },
    authority: endpointKey({ kind: 'tcp', host, port }),
  }))
}
