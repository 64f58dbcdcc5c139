import type { NginxFact } from '../kubernetes/annotations/nginx/fact.ts'
import { nginxGroups } from '../kubernetes/annotations/nginx/table.ts'
import { nginxPrefix } from '../kubernetes/annotations/prefixes.ts'
import { cell } from './configuration-page.ts'

const head = `# Annotations of ingress-nginx

What becomes of each annotation \`${nginxPrefix}…\`, for whoever moves Ingresses over from that controller.

<!-- Generated from src/translate/kubernetes/annotations/nginx by "npm run generate". -->

- **obeyed**: does what it says. **no-op**: nothing needs doing, and nothing is told.
- **later**: not in this version; an event on the Ingress names it. **refused**: never; an event says what to write instead.
- **closes**: it keeps somebody out. When it cannot be obeyed or read, the routes of its Ingress answer 503 rather than let everybody in.
- [Annotations of ours](annotations.md) win over those of ingress-nginx that say the same, and an event says so.
- \`true\` and \`false\`, \`on\` and \`off\` are written so and in no other way; times are bare seconds; sizes are \`512k\`, \`8m\`, \`1g\`.
- What \`auth-tls-secret\`, or a \`server-snippet\` that keeps somebody out, closes is all of a host, as they protect it there: paths that other Ingresses of the namespace, and with \`compat: ingress-nginx\` of any, have of the host answer 503 too.
- On a canary all but \`canary-*\`, \`load-balance\`, \`upstream-hash-by\`, \`affinity\` and \`session-cookie-*\` are taken from the Ingress it is a canary of.
- Annotations \`nginx.org/…\` are of another product, and say nothing here.

The setting \`compat\`, which a class may have for itself, decides what they mean beyond their own words:

| | \`compat: ingress-nginx\` | \`compat: off\` |
|---|---|---|
| paths of \`use-regex\` and \`rewrite-target\` | regular expressions on the whole host, the longest first | on the Ingress alone, and before longer paths that are none |
| certificates of \`backend-protocol: HTTPS\` | not verified unless \`proxy-ssl-verify\` is on | verified unless \`proxy-ssl-verify\` is off |
| largest request body | 1 MiB | as the listener has it |
| time limits | 5 s to connect, 60 s for the head and without a byte, websockets included | 5 s, 60 s, websockets 1 h |
| further attempts | 2, when there is no connection, no answer or none in time | as [a route](configuration.md#route) without \`retry\` |
| redirect to https | where the Ingress has \`tls\` | as the operator set |
| \`enable-access-log: false\` | obeyed | needs the leave of the operator |
| status over \`limit-rps\`, \`limit-rpm\`, \`limit-connections\` | 503 | 429 |

The ConfigMap that the parameters of a class name may say another status for its Ingresses, by the keys that the ConfigMap of ingress-nginx has:
\`limit-req-status-code\` for the rates and \`limit-conn-status-code\` for \`limit-connections\`, from 400 to 599.
`

/** The page `docs/reference/ingress-nginx.md`, from the table of its annotations. */
export function ingressNginxPage(): string {
  return `${head}\n${nginxGroups.map(({ title, facts }) => `## ${title}\n\n${table(facts)}\n`).join('\n')}`
}

function table(facts: readonly NginxFact[]): string {
  return [
    '| annotation | value | what becomes of it | in our words |',
    '|---|---|---|---|',
    ...facts.map(row),
  ].join('\n')
}

function row({ name, value, fate, protects, says, native }: NginxFact): string {
  const sentence = /[.!]$/.test(says) ? says : `${says.charAt(0).toUpperCase()}${says.slice(1)}.`
  const becomes = `${fate}${protects ? ', closes' : ''}: ${sentence}`
  return `| \`${name}\` | ${cell(value)} | ${cell(becomes)} | ${native === '' ? '' : `\`${cell(native)}\``} |`
}
