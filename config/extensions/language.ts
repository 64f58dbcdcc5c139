import type { FetchExtension } from 'tidegate/extension'

interface Options {
  readonly languages: readonly string[]
  readonly otherwise: string
}

export default {
  /** Tells the upstream which language to answer in, by the first that the client asks for and we have. */
  fetch(request, { options }) {
    const asked = (request.headers.get('accept-language') ?? '').split(',').map((part) => part.trim().slice(0, 2))
    const changed = new Request(request)
    changed.headers.set('x-language', asked.find((one) => options.languages.includes(one)) ?? options.otherwise)
    return changed
  },
} satisfies FetchExtension<Options>
