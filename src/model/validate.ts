import type { Parts } from './build.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import { checkClientCertificates } from './validate-client-certificates.ts'
import { checkExtensions } from './validate-extensions.ts'
import { checkListeners } from './validate-listeners.ts'
import { checkReachable } from './validate-reachable.ts'
import { checkReferences, type Known } from './validate-references.ts'
import { checkStores } from './validate-stores.ts'

/** The place of a value inside of a piece: `to` and `api` give where `api` stands in `to`; the piece's own place when it is not found. */
export type Locate = (piece: Origin, field: string, value: string) => Origin

/**
 * What is wrong between the parts of a model, whatever language they were written in: names that lead nowhere, names and addresses
 * given twice, routes that are never reached or let nobody in, clusters without endpoints.
 */
export function validate(parts: Parts, known: Known, locate: Locate): readonly Problem[] {
  return [
    ...checkListeners(parts, locate),
    ...checkReferences(parts, known, locate),
    ...checkExtensions(parts, locate),
    ...checkStores(parts, locate),
    ...checkClientCertificates(parts, locate),
    ...checkReachable(parts.routes),
    ...checkClusters(parts),
  ]
}

function checkClusters({ clusters }: Parts): readonly Problem[] {
  const problems: Problem[] = []
  for (const { origin, content } of clusters) {
    if (content.endpoints.length > 0 || content.dns !== undefined) continue
    const message = `cluster ${JSON.stringify(content.id)} has no endpoint`
    problems.push({ severity: 'warning', origin, message, remedy: 'write "endpoints" or "dns"' })
  }
  return problems
}
