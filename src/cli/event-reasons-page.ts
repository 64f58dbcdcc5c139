import { objectReasons } from '../translate/kubernetes/reasons.ts'

const head = `# Events on Kubernetes objects

What the \`reason\` of an event of Tidegate means; for whoever reads \`kubectl describe ingress\`.

<!-- Generated from src/translate/kubernetes/reasons.ts by "npm run generate". -->

The message of the event says which field or annotation, what is wrong, and what to do. The same stands in the log, in \`/api/problems\`, and in \`tidegate check --kubernetes\`.
Reasons never change their meaning. All events with what is wrong in a namespace: \`kubectl get events -n NAMESPACE --field-selector type=Warning\`.

| reason | what is wrong |
|---|---|
`

/** The page `docs/reference/kubernetes-events.md`, from the table of reasons. */
export function eventReasonsPage(): string {
  const rows = Object.entries(objectReasons).map(([reason, text]) => `| \`${reason}\` | ${text} |`)
  return `${head}${rows.join('\n')}\n`
}
