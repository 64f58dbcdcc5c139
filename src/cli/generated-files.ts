import { renderMetricsPage } from '../telemetry/metrics-page.ts'
import { annotationsPage } from '../translate/reference/annotations-page.ts'
import { configurationPage } from '../translate/reference/configuration-page.ts'
import { ingressNginxPage } from '../translate/reference/ingress-nginx-page.ts'
import { jsonSchema } from '../translate/reference/json-schema.ts'
import { eventReasonsPage } from './event-reasons-page.ts'
import { filtersPage } from './filters-page.ts'
import { reasonsPage } from './reasons-page.ts'

/** Files that are written from the sources, by their path in the repository. A test compares them with what is there. */
export const generatedFiles: ReadonlyMap<string, () => string> = new Map([
  ['config/schema.json', () => `${JSON.stringify(jsonSchema(), undefined, 2)}\n`],
  ['docs/reference/configuration.md', configurationPage],
  ['docs/reference/annotations.md', annotationsPage],
  ['docs/reference/ingress-nginx.md', ingressNginxPage],
  ['docs/reference/kubernetes-events.md', eventReasonsPage],
  ['docs/reference/reasons.md', reasonsPage],
  ['docs/reference/filters.md', filtersPage],
  ['docs/reference/metrics.md', renderMetricsPage],
])
