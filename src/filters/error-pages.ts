import type { ErrorPage, ErrorPages } from '../model/filters/error-pages.ts'
import type { Filter, OwnBody } from './filter.ts'

/**
 * Gives answers of the gateway itself a body of the operator's: 502, 503, 504 of an upstream that is away, 413, 401 and 403 of filters,
 * and so on. What the upstream answers stays as it is, and so does a filter's own body.
 *
 * Where: anywhere, for the whole route; of several the first with a page for the status. Cost: nothing for a request that is forwarded.
 * Buffers nothing; always can decide; never answers itself.
 */
export function errorPages({ pages }: ErrorPages): Filter {
  const compiled = pages.map((page) => ({ page, body: bodyOf(page) }))
  return {
    kind: 'errorPages',
    summary: pages.map(({ statuses }) => statuses.join(', ') || 'all others').join('; '),
    onRequest: undefined,
    onResponse: undefined,
    ownBody: (status) => compiled.find(({ page }) => isFor(page, status))?.body,
    foresee: () => ({ kind: 'passes', why: 'changes bodies of the gateway’s own errors only' }),
  }
}

function isFor({ statuses }: ErrorPage, status: number): boolean {
  return status >= 400 && (statuses.length === 0 || statuses.includes(status))
}

function bodyOf({ body, contentType }: ErrorPage): OwnBody {
  return Object.freeze({ text: Buffer.from(body).toString('latin1'), type: contentType })
}
