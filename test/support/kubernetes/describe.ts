import { eventually } from './eventually.ts'
import type { KubeAccess } from './kube-access.ts'
import type { ObjectKey } from './kube-client.ts'

/**
 * What `kubectl describe ingress` prints, as soon as a warning with this reason stands on the Ingress.
 *
 * @throws {Error} with what it printed last when none comes.
 */
export async function describedIngress(
  access: KubeAccess,
  { name, namespace = 'default' }: ObjectKey,
  reason: string,
): Promise<string> {
  await eventually(async () => {
    const query = `fieldSelector=involvedObject.kind%3DIngress%2CinvolvedObject.name%3D${name}%2Creason%3D${reason}`
    const events = await access.client.list('Event', namespace, query)
    return events.length > 0 || undefined
  }, `an event "${reason}" stands on Ingress ${namespace}/${name}`)
  return await access.kubectl(['describe', 'ingress', '-n', namespace, name])
}
