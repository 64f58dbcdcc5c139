/**
 * The shared routing core, published as `tidegate/routing`: what another proxy needs to decide as Tidegate does.
 * Pure: no sockets, clock or randomness but what is passed in. `docs/reference/routing-core.md` describes it, and
 * `test/vectors/routing/*.json` holds tables, requests and expected decisions to check another implementation by.
 *
 * The one file that exports what others own, because it is a package's entry.
 */

export { normaliseHost } from '../http/authority.ts'
export { type CidrSet, isCidr, parseCidrs } from '../http/cidr.ts'
export { normalisePath } from '../http/path.ts'
export type { Match, PathMatch, ValueMatch } from '../model/match.ts'
export type { Changes } from '../model/model.ts'
export type { RequestView } from '../model/request-view.ts'
export type { Route } from '../model/route.ts'
export { choose } from '../names/choose.ts'
export { bindLeaves, leavesOf } from '../names/leaves.ts'
export type { Branch, Choice, NameTree } from '../names/name-tree.ts'
export { type ParsedNameTree, parseNameTree } from '../names/parse.ts'
export { printNameTree } from '../names/print.ts'
export { printWalk } from '../names/print-walk.ts'
export { simplify } from '../names/simplify.ts'
export { type WalkStep, walkNameTree } from '../names/walk.ts'
export { maxPattern, maxProgram, maxSubject, regexProblem } from '../std/regex.ts'
export type { Mismatch } from './describe.ts'
export { type Candidate, explain, type RoutingExplanation } from './explain.ts'
export type { HostStep } from './explain-hosts.ts'
export type { NearestRoute } from './nearest.ts'
export { precedence } from './precedence.ts'
export { printExplanation } from './print-explanation.ts'
export {
  buildTable,
  type CompiledRoute,
  decide,
  type Miss,
  matchedPath,
  type RoutingTable,
  updateTable,
} from './table.ts'
