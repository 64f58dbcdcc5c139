import type { Draft, Parts } from './build.ts'
import type { Listener } from './listener.ts'
import type { Problem } from './problem.ts'
import type { Locate } from './validate.ts'

/** Routes that nobody may take, since they want a certificate, and none of their listeners asks clients for one. */
export function checkClientCertificates({ listeners, routes }: Parts, locate: Locate): readonly Problem[] {
  const web = listeners.filter(({ content }) => content.role.kind === 'http')
  const problems: Problem[] = []
  for (const { origin, content } of routes) {
    if (!content.filters.some(({ kind }) => kind === 'clientCertificate')) continue
    const named = content.match.listeners
    const own = named.length === 0 ? web : web.filter(({ content: { id } }) => named.includes(id))
    if (own.length === 0 || own.some(asks)) continue
    problems.push({
      severity: 'warning',
      origin: locate(origin, 'filters', 'clientCertificate'),
      message: `route ${JSON.stringify(content.id)} lets nobody in: "clientCertificate" wants a certificate, and none of its listeners asks for one`,
      remedy: 'write "tls: { clientCertificates: { mode: optional, ca: … } }" at a listener',
    })
  }
  return problems
}

function asks({ content: { tls } }: Draft<Listener>): boolean {
  if (tls === undefined) return false
  const policies = [tls.policy, ...tls.hosts.map(({ policy }) => policy)]
  return policies.some(({ clientCertificates }) => clientCertificates.mode !== 'off')
}
