import type { Draft, Parts } from '../model/build.ts'
import type { Listener } from '../model/listener.ts'
import { patternOfFiles, tlsNamesOf } from './kubernetes/file-hosts.ts'
import type { KubernetesPieces } from './kubernetes/pieces.ts'

/**
 * What files say and what Kubernetes objects say, as one. What files say comes first among equals; an Ingress is not able to change
 * anything of theirs. What the files say of the source itself is not asked: it is chosen at start.
 */
export function withKubernetes(files: Parts, pieces: KubernetesPieces): Parts {
  const served = new Set(pieces.listeners)
  return {
    settings: files.settings,
    listeners: files.listeners.map((draft) =>
      served.has(draft.content.id) ? withCertificates(draft, pieces) : draft,
    ),
    routes: [...files.routes, ...pieces.routes],
    clusters: [...files.clusters, ...pieces.clusters],
  }
}

/** What became of a listener last: a thousand hosts are not put together and hashed again for a change elsewhere. */
const joined = new WeakMap<
  Draft<Listener>['content'],
  Pick<KubernetesPieces, 'tlsHosts' | 'defaultCertificates'> & { readonly draft: Draft<Listener> }
>()

/** Names that a file gives a policy or certificate of their own, by themselves or by a wildcard, stay as the file has them. */
function withCertificates(draft: Draft<Listener>, pieces: KubernetesPieces): Draft<Listener> {
  const { tls } = draft.content
  const { tlsHosts, defaultCertificates } = pieces
  if (tls === undefined || (tlsHosts.length === 0 && defaultCertificates.length === 0)) return draft
  const known = joined.get(draft.content)
  if (known?.tlsHosts === tlsHosts && known.defaultCertificates === defaultCertificates) return known.draft
  const taken = new Set(tlsNamesOf(draft.content))
  const hosts = tlsHosts.flatMap(({ names, certificates }) => {
    const free = names.filter((name) => patternOfFiles(taken, name) === undefined)
    return free.length === 0 ? [] : [{ names: free, policy: tls.policy, certificates }]
  })
  const certificates = [...tls.certificates, ...defaultCertificates]
  const content = { ...draft.content, tls: { ...tls, hosts: [...tls.hosts, ...hosts], certificates } }
  const made = { origin: draft.origin, content }
  joined.set(draft.content, { tlsHosts, defaultCertificates, draft: made })
  return made
}

/** What listeners are while a source has not said everything yet: none, so that nobody gets a wrong answer. */
export function untilComplete({ settings }: Parts): Parts {
  return { settings, listeners: [], routes: [], clusters: [] }
}
