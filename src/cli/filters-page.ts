import { type FilterFacts, filterFacts } from '../filters/facts.ts'
import { replies } from '../proxy/rescue.ts'

const head = `# Filters

What is true of every filter of a kind: where it should stand, what it costs, what happens when it cannot decide, and with which
reasons it answers; for whoever puts filters in an order. How to find the order: [guides/filters.md](../guides/filters.md). The keys of
each: [configuration](configuration.md).

<!-- Generated from src/filters/facts.ts by "npm run generate". -->

A filter that cannot decide, because whom it asks is away: *closed* answers instead of the upstream, *open* lets the request pass. The
same facts stand in \`tidegate explain\`. Of those that buffer, \`request\` and \`response\` say which body is kept before it goes on.

| filter | where it should stand | costs | buffers | cannot decide | reasons |
|---|---|---|---|---|---|
`

/** The page `docs/reference/filters.md`, from the table of facts. */
export function filtersPage(): string {
  const rows = Object.entries(filterFacts).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${head}${rows.map(([kind, facts]) => row(kind, facts)).join('\n')}\n`
}

function row(kind: string, { stands, costs, buffers, undecided, reasons }: FilterFacts): string {
  const said = reasons.map((reason) => {
    const isAsWritten = reason === 'redirect' || reason === 'fixed_response'
    return isAsWritten ? `\`${reason}\`` : `\`${reason}\` (${replies[reason].status})`
  })
  const cannot = undecided === 'never' ? 'never happens' : undecided
  return `| \`${kind}\` | ${stands} | ${costs} | ${buffers} | ${cannot} | ${said.join(', ') || 'none'} |`
}
