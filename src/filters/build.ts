import type { FilterSpec } from '../model/filter-spec.ts'
import type { PathMatch } from '../model/match.ts'
import { apiKey } from './api-key.ts'
import { extAuthz } from './authz/ext-authz.ts'
import { basicAuth } from './basic-auth.ts'
import { clientCertificate } from './client-certificate.ts'
import { compress } from './compress.ts'
import { concurrencyLimit } from './concurrency-limit.ts'
import { runningConcurrency } from './concurrency-rule.ts'
import { cors } from './cors.ts'
import { decompress } from './decompress.ts'
import { errorPages } from './error-pages.ts'
import { extension } from './extension.ts'
import type { Filter } from './filter.ts'
import { forwardAuth } from './forward-auth.ts'
import { requestHeaders, responseHeaders } from './header-edit.ts'
import { httpsRedirect } from './https-redirect.ts'
import { ipRules } from './ip-rules.ts'
import { jwt } from './jwt/jwt.ts'
import { LimitPlaces } from './limit-places.ts'
import { maintenance } from './maintenance.ts'
import { rateLimit } from './rate-limit.ts'
import { type LimitScope, runningRules } from './rate-limit-rule.ts'
import { redirect } from './redirect.ts'
import { refuse } from './refuse.ts'
import { respond } from './respond.ts'
import { rewrite } from './rewrite.ts'
import type { FilterServices } from './services.ts'

/** Rate limits of a route are set up together: see `build-route.ts`. */
function nowhere(): LimitScope {
  return { own: '', shared: '', places: new LimitPlaces() }
}

/**
 * Sets up a configured filter of a route; once, when the route is compiled.
 *
 * @param match the path match of the route, which prefix rewrites replace.
 * @param services what those that need more than their configuration run with.
 * @throws {Error} for a spec that validation should have refused.
 */
export function buildFilter(spec: FilterSpec, match: PathMatch, services: FilterServices): Filter {
  switch (spec.kind) {
    case 'requestHeaders':
      return requestHeaders(spec.edit)
    case 'responseHeaders':
      return responseHeaders(spec.edit)
    case 'rewrite':
      return rewrite(spec, match)
    case 'redirect':
      return redirect(spec.redirect, match)
    case 'respond':
      return respond(spec.respond)
    case 'refuse':
      return refuse(spec)
    case 'httpsRedirect':
      return httpsRedirect(spec)
    case 'jwt':
      return jwt(spec, services)
    case 'rateLimit':
      return rateLimit(runningRules(spec.rules, nowhere(), match), '', services)
    case 'concurrencyLimit':
      return concurrencyLimit(runningConcurrency(spec, nowhere(), match), '', services)
    case 'basicAuth':
      return basicAuth(spec, services)
    case 'apiKey':
      return apiKey(spec, services)
    case 'extAuthz':
      return extAuthz(spec, services)
    case 'forwardAuth':
      return forwardAuth(spec, services)
    case 'cors':
      return cors(spec)
    case 'ipRules':
      return ipRules(spec)
    case 'clientCertificate':
      return clientCertificate(spec)
    case 'maintenance':
      return maintenance(spec)
    case 'errorPages':
      return errorPages(spec)
    case 'decompress':
      return decompress(spec)
    case 'compress':
      return compress(spec)
    case 'extension':
      return extension(spec)
  }
}
