import type { EndpointSpec } from './cluster.ts'

const texts = new WeakMap<readonly EndpointSpec[], string>()

/** Endpoints as text, which is equal for equal ones; made once for each list, since lists are never changed. */
export function endpointsText(endpoints: readonly EndpointSpec[]): string {
  const known = texts.get(endpoints)
  if (known !== undefined) return known
  const text = JSON.stringify(endpoints)
  texts.set(endpoints, text)
  return text
}
