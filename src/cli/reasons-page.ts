import { reasons, type Side } from '../model/reasons.ts'
import { replies } from '../proxy/rescue.ts'

const head = `# Reasons

Why the gateway answered a request itself, or gave one up; for whoever reads a log line, a metric or an answer.

<!-- Generated from src/model/reasons.ts and src/proxy/rescue.ts by "npm run generate". -->

The code stands as \`reason\` in the access log and in \`tidegate_local_responses_total{reason}\`; on a listener with
\`errorDetail: on\` also in the answer, in its body and in \`x-tidegate-reason\`. Codes never change their meaning.

Status 499 is never sent: the client was gone. Where the connection is closed, the client has to make a new one.
`

const titles: Readonly<Record<Side, string>> = {
  downstream: 'The client',
  gateway: 'The gateway',
  upstream: 'The upstream',
}

/** The page `docs/reference/reasons.md`, from the table of reasons and that of replies. */
export function reasonsPage(): string {
  const sections = (['downstream', 'gateway', 'upstream'] as const).map(section)
  return `${head}\n${sections.join('\n')}`
}

function section(side: Side): string {
  const rows = Object.entries(reasons)
    .filter(([, facts]) => facts.side === side)
    .map(([code, { text, remedy }]) => {
      const { status, close } = replies[code as keyof typeof reasons]
      return `| \`${code}\` | ${statusText(code, status)} | ${close ? 'closed' : 'kept'} | ${text} | ${remedy} |`
    })
  const table = [
    '| reason | status | connection | what happened | what to do |',
    '|---|---|---|---|---|',
    ...rows,
  ]
  return `## ${titles[side]}\n\n${table.join('\n')}\n`
}

function statusText(code: string, status: number): string {
  if (code === 'redirect' || code === 'fixed_response') return `as written, ${status} by default`
  return String(status)
}
