import {
  ApiError,
  type ApiOptions,
  type KubernetesApi,
  type WatchEnd,
  type WatchOptions,
} from '../../../src/sources/kubernetes/api.ts'

/** A request that waits for its answer from the test. */
export interface AskedRequest {
  readonly method: string
  readonly path: string
  answer(body: unknown): void
  fail(error: Error): void
}

/** A watch that the test speaks through. */
export interface AskedWatch {
  readonly path: string
  readonly options: WatchOptions
  /** Lets the watch begin. */
  open(): void
  say(...lines: readonly unknown[]): void
  end(end: WatchEnd): void
  fail(error: Error): void
}

/** An API without sockets: whatever is asked waits until the test answers it. */
export class ScriptedApi implements KubernetesApi {
  readonly server = 'https://fake:6443'
  readonly #requests = queue<AskedRequest>()
  readonly #watches = queue<AskedWatch>()

  request(method: string, path: string, options: ApiOptions = {}): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    options.signal?.addEventListener('abort', () => reject(new ApiError('ended', { status: 0 })))
    this.#requests.put({ method, path, answer: resolve, fail: reject })
    return promise
  }

  watch(path: string, onLine: (line: unknown) => void, options: WatchOptions): Promise<WatchEnd> {
    const { promise, resolve, reject } = Promise.withResolvers<WatchEnd>()
    options.signal.addEventListener('abort', () => resolve('aborted'))
    this.#watches.put({
      path,
      options,
      open: () => options.onOpen?.(),
      say: (...lines) => {
        for (const line of lines) onLine(line)
      },
      end: resolve,
      fail: reject,
    })
    return promise
  }

  /** The next request, as soon as there is one. */
  nextRequest(): Promise<AskedRequest> {
    return this.#requests.take()
  }

  nextWatch(): Promise<AskedWatch> {
    return this.#watches.take()
  }

  /** Requests and watches that nobody took yet. */
  get untaken(): number {
    return this.#requests.size() + this.#watches.size()
  }
}

interface Queue<T> {
  put(item: T): void
  take(): Promise<T>
  size(): number
}

function queue<T>(): Queue<T> {
  const items: T[] = []
  const takers: ((item: T) => void)[] = []
  return {
    put(item) {
      const taker = takers.shift()
      if (taker === undefined) items.push(item)
      else taker(item)
    },
    take() {
      const item = items.shift()
      return item === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(item)
    },
    size: () => items.length,
  }
}
