import { optInReasons } from '../kubernetes/annotations/native-facts.ts'
import { type NativeAnnotation, nativeAnnotations } from '../kubernetes/annotations/native-table.ts'
import { ourPrefix } from '../kubernetes/annotations/prefixes.ts'
import { longestTogether, longestValue } from '../kubernetes/annotations/sizes.ts'
import { keywordsOf } from '../read/keywords.ts'
import { cell, code, typeOf } from './configuration-page.ts'

const head = `# Annotations

Every annotation \`${ourPrefix}…\` of an Ingress, for whoever writes one. Those of ingress-nginx are on [a page of their own](ingress-nginx.md).

<!-- Generated from src/translate/kubernetes/annotations by "npm run generate". -->

They say of the routes and Services of one Ingress what [a configuration file](configuration.md) says of routes and clusters, by the same
names: \`perTry\` of \`timeouts\` is \`${ourPrefix}timeouts.per-try\`. Each key is an annotation of its own; a key with parts may be given whole too:

\`\`\`yml
metadata:
  annotations:
    ${ourPrefix}timeouts.per-try: 5s
    ${ourPrefix}retry: "{ attempts: 2, on: [connect, status] }"
    ${ourPrefix}filters: "[{ requestHeaders: { set: { x-from: edge } } }]"
\`\`\`

- Values are text; lists and maps are YAML, with the keys of the configuration file (\`perTry\`, not \`per-try\`), and without anchors.
- A part wins over the whole it belongs to. An annotation wins over the default of its class, and over one of ingress-nginx.
- A value is at most ${longestValue} bytes long, all values of an object ${longestTogether / 1024} KiB.
- A wrong or unknown annotation is left out, and an event on the Ingress says why.
- **closes**: when such an annotation cannot be obeyed, its routes answer 503 rather than let everybody in.
- **opt-in**: refused unless the operator lists it under \`optInAnnotations\` of the Kubernetes settings; a name there stands for all below it.
- Files cannot be named. \`tls.ca-secret\` and \`tls.certificate-secret\` name Secrets of the namespace of the Ingress instead.
- Filters may not write request headers by which upstreams know who asks, such as \`x-forwarded-for\` or \`ssl-client-cert\`.
- \`${ourPrefix}allow-from\` belongs to Secrets.
`

const titles: Readonly<Record<NativeAnnotation['group'], string>> = {
  short: 'Short forms',
  route: 'Routes',
  cluster: 'Services',
}

/** The page `docs/reference/annotations.md`, from the table of annotations. */
export function annotationsPage(): string {
  const sections = (['short', 'route', 'cluster'] as const).map(section)
  return `${head}\n${[...sections, risks()].join('\n')}`
}

function section(group: NativeAnnotation['group']): string {
  const rows = [...nativeAnnotations.values()].filter((one) => one.group === group).map(row)
  const table = ['| annotation | type | default | risk | what it says |', '|---|---|---|---|---|', ...rows]
  return `## ${titles[group]}\n\n${table.join('\n')}\n`
}

function row({ name, schema, what, optIn, protects }: NativeAnnotation): string {
  const keywords = keywordsOf(schema)
  const fallback = 'default' in keywords && name !== 'protocol' ? code(keywords.default) : ''
  const type = typeOf(schema).replaceAll('](#', '](configuration.md#')
  const risk = `${optIn === undefined ? 'safe' : 'opt-in'}${protects ? ', closes' : ''}`
  return `| \`${name}\` | ${type} | ${fallback} | ${risk} | ${cell(what)} |`
}

function risks(): string {
  const rows = [...optInReasons].map(([name, why]) => `| \`${name}\` | It ${why}. |`)
  return `## Why the operator is asked\n\n${['| annotation | why |', '|---|---|', ...rows].join('\n')}\n`
}
