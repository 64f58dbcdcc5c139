import { readFileSync } from 'node:fs'
import type { V1Ingress } from '@kubernetes/client-node'
import type { LeaseTimes } from '../../../src/control/kubernetes/lease-times.ts'
import { KubernetesReporter } from '../../../src/control/kubernetes/reporter.ts'
import type { StatusSource } from '../../../src/model/kubernetes-settings.ts'
import type { KubernetesApi } from '../../../src/sources/kubernetes/api.ts'
import { systemClock } from '../../../src/std/clock.ts'
import type { ObjectRef } from '../../../src/translate/kubernetes/pieces.ts'
import { ClusterStage } from './cluster-stage.ts'
import { connectTo } from './connection.ts'
import { IngressView } from './ingress-view.ts'
import type { KubeAccess } from './kube-access.ts'
import { ingress } from './objects.ts'

/** Short, for tests that wait for another to take over. */
export const shortTimes: LeaseTimes = { duration: 2_000, renew: 500, retry: 200, trust: 1_200, sign: 1_000 }

/** A place where a reporter runs under the rights that a controller has to report, and no others. */
export class ReportingStage implements AsyncDisposable {
  readonly stage: ClusterStage
  readonly api: KubernetesApi & Disposable
  /** Lines that reporters logged as warnings or errors. */
  readonly complaints: string[] = []
  readonly #view: IngressView
  readonly #reporters: KubernetesReporter[] = []

  private constructor(stage: ClusterStage, api: KubernetesApi & Disposable, view: IngressView) {
    this.stage = stage
    this.api = api
    this.#view = view
  }

  static async open(): Promise<ReportingStage> {
    const stage = await ClusterStage.open()
    const token = await giveRights(stage.access, stage.namespace)
    const { url, caFile } = stage.access
    const api = await connectTo({ url, token, ca: readFileSync(caFile, 'utf8') })
    return new ReportingStage(stage, api, await IngressView.open(api, stage.namespace))
  }

  /** A replica of the controller, as far as it reports. */
  start(identity: string, status: StatusSource, address?: string): KubernetesReporter {
    const reporter = new KubernetesReporter({
      api: this.api,
      settings: {
        controller: this.stage.controller,
        status: address === undefined ? status : { from: 'addresses', addresses: [address] },
        events: 'on',
        leaderElection: { lease: 'tidegate', namespace: undefined },
      },
      clock: systemClock,
      random: Math.random,
      identity,
      namespace: this.stage.namespace,
      service: () => undefined,
      nodeAddresses: () => [],
      ingresses: this.#view.ingresses,
      ingressStatus: this.#view.ingressStatus,
      log: (level, message) => {
        if (level === 'warn' || level === 'error') this.complaints.push(message)
      },
      times: shortTimes,
    })
    this.#reporters.push(reporter)
    reporter.start()
    return reporter
  }

  /** An Ingress, once the view has it. */
  async addIngress(name: string): Promise<ObjectRef> {
    const { client, namespace } = this.stage
    await client.create(ingress({ namespace, name, defaultBackend: 'web:80' }))
    await this.#view.refresh()
    const found = this.#view.refs().find((ref) => ref.name === name)
    if (found === undefined) throw new Error(`the Ingress ${name} was not listed`)
    return found
  }

  /** Waits until the entries of an Ingress are these. */
  async untilEntries(name: string, entries: readonly object[]): Promise<V1Ingress> {
    const { client, namespace } = this.stage
    const wanted = JSON.stringify(entries)
    return client.waitFor(
      'Ingress',
      { namespace, name },
      {
        until: ({ status }) => JSON.stringify(status?.loadBalancer?.ingress ?? []) === wanted,
        what: `the entries of ${name} are ${wanted}`,
      },
    )
  }

  /** Writes all entries of an Ingress, as another controller does. */
  async writeEntries(name: string, entries: readonly object[]): Promise<void> {
    const path = `/apis/networking.k8s.io/v1/namespaces/${this.stage.namespace}/ingresses/${name}/status`
    await this.stage.client.request('PATCH', `${path}?fieldManager=other`, {
      status: { loadBalancer: { ingress: entries } },
    })
    await this.#view.refresh()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#reporters.map((reporter) => reporter[Symbol.asyncDispose]()))
    this.#view[Symbol.dispose]()
    this.api[Symbol.dispose]()
    await this.stage[Symbol.asyncDispose]()
  }
}

/** A service account with the rights of `docs/operations/kubernetes-status.md`; gives its token. */
async function giveRights(access: KubeAccess, namespace: string): Promise<string> {
  const rbac = 'rbac.authorization.k8s.io/v1'
  const name = `reporter-${namespace}`
  const subjects = [{ kind: 'ServiceAccount', name: 'reporter', namespace }]
  const refTo = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name })
  await access.client.createAll(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reporter', namespace } },
    {
      apiVersion: rbac,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['patch'] },
        { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
      ],
    } as object,
    {
      apiVersion: rbac,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: refTo('ClusterRole'),
      subjects,
    } as object,
    {
      apiVersion: rbac,
      kind: 'Role',
      metadata: { name, namespace },
      rules: [
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
        {
          apiGroups: ['coordination.k8s.io'],
          resources: ['leases'],
          resourceNames: ['tidegate'],
          verbs: ['get', 'update', 'patch'],
        },
      ],
    } as object,
    {
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      roleRef: refTo('Role'),
      subjects,
    } as object,
  )
  return access.serviceAccountToken(namespace, 'reporter')
}
