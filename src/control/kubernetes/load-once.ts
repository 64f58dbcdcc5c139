import { buildModel } from '../../model/build.ts'
import type { Model } from '../../model/model.ts'
import { connectKubernetes } from '../../sources/kubernetes/connect.ts'
import { readKubernetesOnce } from '../../sources/kubernetes/read-once.ts'
import type { Clock } from '../../std/clock.ts'
import type { ObjectProblem } from '../../translate/kubernetes/pieces.ts'
import { KubernetesTranslator } from '../../translate/kubernetes/translator.ts'
import { withKubernetes } from '../../translate/with-kubernetes.ts'
import { type FilesLoaded, LoadMemory } from '../load.ts'
import { besideFiles, ownAddresses } from './surroundings.ts'

/** What a cluster says at one moment, translated as a running gateway would. */
export interface ClusterLoaded {
  readonly model: Model
  readonly problems: readonly ObjectProblem[]
  /** What could not be read, as sentences; the rest counts all the same. */
  readonly unread: readonly string[]
  /** `https://10.0.0.1:6443`. */
  readonly server: string
}

/**
 * Reads the objects of a cluster once and translates them beside what files say: for commands, with nothing running.
 *
 * @param files good ones, with Kubernetes as a source.
 * @throws {Error} when the API server cannot be asked; the message says why and what to do.
 */
export async function loadKubernetesOnce(
  { parts }: FilesLoaded,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<ClusterLoaded> {
  const kubernetes = parts?.settings.kubernetes
  if (parts === undefined || kubernetes === undefined)
    throw new Error('there is no block "kubernetes" in the configuration')
  const api = await connectKubernetes(kubernetes, { env, clock })
  const { objects, problems: unread } = await readKubernetesOnce(kubernetes, api)
  const pieces = new KubernetesTranslator(kubernetes).translate(objects, {
    ...besideFiles(parts, kubernetes),
    materials: new LoadMemory().materials,
    now: clock.wall(),
    own: ownAddresses(parts.settings),
  })
  const model = buildModel(withKubernetes(parts, pieces), new Map())
  return { model, problems: pieces.problems, unread, server: api.server }
}
