import type { V1Ingress, V1IngressList } from '@kubernetes/client-node'
import type { KubernetesApi } from '../../../src/sources/kubernetes/api.ts'
import type { IngressObject, IngressStatus } from '../../../src/translate/kubernetes/objects.ts'
import type { ObjectRef } from '../../../src/translate/kubernetes/pieces.ts'

/** The Ingresses of a namespace, listed again and again: a source as simple as can be. */
export class IngressView implements Disposable {
  readonly #api: KubernetesApi
  readonly #namespace: string
  #items: readonly V1Ingress[] = []
  #version = 0
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  private constructor(api: KubernetesApi, namespace: string) {
    this.#api = api
    this.#namespace = namespace
  }

  /** Resolves with the first complete list. */
  static async open(api: KubernetesApi, namespace: string): Promise<IngressView> {
    const view = new IngressView(api, namespace)
    await view.refresh()
    await view.#look()
    return view
  }

  readonly ingresses = (): readonly IngressObject[] =>
    this.#items.map((item) => {
      const { namespace, name, uid } = this.#refOf(item)
      const resourceVersion = item.metadata?.resourceVersion ?? ''
      const meta = {
        namespace,
        name,
        uid,
        resourceVersion,
        created: 0,
        annotations: new Map<string, string>(),
      }
      return { meta, className: undefined, defaultBackend: undefined, rules: [], tls: [] }
    })

  readonly ingressStatus = (namespace: string, name: string): IngressStatus | undefined => {
    const found = this.#items.find((item) => item.metadata?.name === name && namespace === this.#namespace)
    if (found === undefined) return undefined
    return {
      uid: found.metadata?.uid ?? '',
      resourceVersion: found.metadata?.resourceVersion ?? '',
      addresses: found.status?.loadBalancer?.ingress ?? [],
    }
  }

  refs(): readonly ObjectRef[] {
    return this.#items.map((item) => this.#refOf(item))
  }

  async refresh(): Promise<void> {
    const path = `/apis/networking.k8s.io/v1/namespaces/${this.#namespace}/ingresses`
    const { items, metadata } = (await this.#api.request('GET', path)) as V1IngressList
    const version = Number(metadata?.resourceVersion)
    // Two lists can be under way at once, and the older one may come last.
    if (version < this.#version) return
    this.#version = version
    this.#items = items
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  #refOf({ metadata }: V1Ingress): ObjectRef {
    const { name = '', uid = '' } = metadata ?? {}
    return {
      kind: 'Ingress',
      apiVersion: 'networking.k8s.io/v1',
      namespace: this.#namespace,
      name,
      uid,
    }
  }

  async #look(): Promise<void> {
    try {
      await this.refresh()
    } catch {
      // What was known last stays, as with any source.
    }
    if (!this.#isOver) this.#timer = setTimeout(() => void this.#look(), 50)
  }
}
