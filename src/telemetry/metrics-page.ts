import type { MetricFact } from './metric-fact.ts'
import { metricFacts, rowLabels } from './metric-facts.ts'

const intro = `# Metrics

What \`/metrics\` of the admin address exports, for whoever writes dashboards and alerts.

<!-- Generated from src/telemetry/metric-facts.ts by "npm run generate". -->

Counters of a worker that died stay counted. A gauge says how the numbers of several workers become one:
their sum, or the largest. Times are seconds, sizes are bytes.

Label values come from the configuration, never from a request: \`route\`, \`cluster\` and \`listener\` are ids. \`(none)\`
stands for requests that found no route, \`(other)\` for all ids above the cap of 10,000 of each kind; how many there are
says \`tidegate_metric_series_overflow_total\`. Of more than 256 routes only those that had a request are exported.
The values of \`reason\` are those of [reasons](reasons.md), and for \`tidegate_retries_total\` the ones given there.
`

/** The page \`docs/reference/metrics.md\`, from the table of facts. */
export function renderMetricsPage(): string {
  const rows = metricFacts.map((fact) => {
    const cells = [`\`${fact.name}\``, typeOf(fact), labelsOf(fact), fact.help + valuesOf(fact)]
    return `| ${cells.join(' | ')} |`
  })
  const table = ['| name | type | labels | what it says |', '|---|---|---|---|', ...rows]
  return `${intro}\n${table.join('\n')}\n${bucketsText()}`
}

function typeOf(fact: MetricFact): string {
  return fact.type === 'gauge' ? `gauge, ${fact.combine}` : fact.type
}

function labelsOf(fact: MetricFact): string {
  const labels = [...rowLabels[fact.table], fact.split?.label].filter((label) => label !== undefined)
  return labels.map((label) => `\`${label}\``).join(', ')
}

/** Short lists of label values are given; reasons have a page of their own. */
function valuesOf({ split }: MetricFact): string {
  if (split === undefined || split.values.length > 10) return ''
  return ` ${split.label}: ${split.values.map((value) => `\`${value}\``).join(', ')}.`
}

function bucketsText(): string {
  const lines = metricFacts
    .filter((fact) => fact.type === 'histogram')
    .map((fact) => `- \`${fact.name}\`: ${fact.buckets.join(', ')}, +Inf`)
  return `\nUpper bounds of the buckets, in seconds:\n\n${lines.join('\n')}\n`
}
