import type { KubernetesApi } from './api.ts'
import { type Fields, own } from './read/json.ts'

/** Asks whether we may get, list and watch the Secrets of a namespace. */
export async function mayReadSecrets(
  api: KubernetesApi,
  namespace: string,
  signal: AbortSignal,
): Promise<boolean> {
  const answers = await Promise.all(
    ['list', 'watch', 'get'].map(async (verb) => {
      const resourceAttributes = { namespace, verb, group: '', version: 'v1', resource: 'secrets' }
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      }
      return await api.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        body,
        signal,
      })
    }),
  )
  return answers.every(isAllowed)
}

function isAllowed(review: unknown): boolean {
  if (typeof review !== 'object' || review === null) return false
  const status = own(review as Fields, 'status')
  return typeof status === 'object' && status !== null && own(status as Fields, 'allowed') === true
}
