import { Agent, request } from 'node:https'
import { eventually } from './eventually.ts'
import { collectionPath, type Kind, type Kinds, type KubeObject, objectPath } from './kube-kinds.ts'

/** An answer of the API server that is no success. */
export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Which object; without a namespace one of the cluster. */
export interface ObjectKey {
  readonly name: string
  readonly namespace?: string
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface Answer {
  readonly status: number
  readonly text: string
}

/** What tests ask of an API server. Objects go and come as they are; nothing is kept. */
export class KubeClient implements Disposable {
  readonly url: string
  readonly #token: string
  readonly #agent: Agent

  /** @param ca PEM of what the server's certificate is checked against. */
  constructor(url: string, token: string, ca: string) {
    this.url = url
    this.#token = token
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 16 })
  }

  /** @throws {KubeError} when the answer is not 2xx. */
  async request(method: Method, path: string, body?: unknown, contentType?: string): Promise<unknown> {
    const { status, text } = await this.#send(method, path, body, contentType ?? defaultType(method))
    if (status >= 200 && status < 300) return parsed(text)
    const told = parsed(text) as { message?: string } | undefined
    throw new KubeError(status, `${method} ${path}: ${status} ${told?.message ?? text}`)
  }

  async create<T extends KubeObject>(object: T): Promise<T> {
    const path = collectionPath(object.kind ?? '', object.metadata?.namespace ?? 'default')
    return (await this.request('POST', path, object)) as T
  }

  /** Creates all, one after the other, in this order. */
  async createAll(...objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) await this.create(object)
  }

  /** Server-side apply: creates it, or makes it as given as far as fields are given. */
  async apply<T extends KubeObject>(object: T): Promise<T> {
    const path = `${objectPath(object)}?fieldManager=test&force=true`
    return (await this.request('PATCH', path, object, 'application/apply-patch+yaml')) as T
  }

  /** Writes all of it; a `resourceVersion` in it is a precondition. */
  async replace<T extends KubeObject>(object: T): Promise<T> {
    return (await this.request('PUT', objectPath(object), object)) as T
  }

  /** Merge patch. */
  async patch<K extends Kind>(kind: K, key: ObjectKey, change: unknown): Promise<Kinds[K]> {
    return (await this.request('PATCH', pathOf(kind, key), change)) as Kinds[K]
  }

  async get<K extends Kind>(kind: K, key: ObjectKey): Promise<Kinds[K]> {
    return (await this.request('GET', pathOf(kind, key))) as Kinds[K]
  }

  /** The items of a namespace, or without one of all. @param query as in `labelSelector=a%3Db`. */
  async list<K extends Kind>(kind: K, namespace = '', query = ''): Promise<Kinds[K][]> {
    const path = collectionPath(kind, namespace) + (query === '' ? '' : `?${query}`)
    const { items } = (await this.request('GET', path)) as { items: Kinds[K][] }
    return items
  }

  async delete(kind: Kind, key: ObjectKey): Promise<void> {
    await this.request('DELETE', pathOf(kind, key))
  }

  /** Deletes all of a kind in a namespace. */
  async deleteAll(kind: Kind, namespace: string): Promise<void> {
    await this.request('DELETE', collectionPath(kind, namespace))
  }

  /** The object as soon as the condition holds for it. @param what completes "waited in vain until …". */
  waitFor<K extends Kind>(
    kind: K,
    key: ObjectKey,
    wish: { readonly until: (object: Kinds[K]) => boolean; readonly what: string },
  ): Promise<Kinds[K]> {
    return eventually(async () => {
      const object = await this.get(kind, key)
      if (wish.until(object)) return object
      throw new Error(`it is ${JSON.stringify(object)}`)
    }, wish.what)
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  #send(method: Method, path: string, body: unknown, contentType: string): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = {
      authorization: `Bearer ${this.#token}`,
      accept: 'application/json',
      ...(body === undefined
        ? {}
        : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
    }
    return new Promise((resolve, reject) => {
      const sent = request(this.url + path, { method, headers, agent: this.#agent }, (response) => {
        let received = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => {
          received += piece
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: received }))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(text)
    })
  }
}

function pathOf(kind: Kind, key: ObjectKey): string {
  return objectPath({ kind, metadata: key })
}

function defaultType(method: Method): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
}

/** Not everything is JSON: `/readyz` is not. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
