import type { ImplementationSpecific } from '../../model/kubernetes-settings.ts'
import type { PathMatch } from '../../model/match.ts'
import { regexProblem } from '../../std/regex.ts'
import { Flaw, noSecrets } from '../format/flaw.ts'
import { exactPath, prefixPath, segmentsPath } from '../format/path.ts'
import type { IngressPath } from './objects.ts'

/**
 * What a path of an Ingress takes, by the tables of the Ingress API: `Exact` is equal, `Prefix` goes by segments, and a final slash
 * of a prefix says nothing.
 *
 * @param specific what `ImplementationSpecific` means.
 */
export function pathMatch(
  { path, pathType }: IngressPath,
  specific: ImplementationSpecific,
): PathMatch | Flaw {
  const text = path === '' ? '/' : path
  switch (pathType) {
    case 'Exact':
      return exact(text)
    case 'Prefix':
      return segments(text)
    case 'ImplementationSpecific':
      return specificMatch(text, specific)
  }
}

function specificMatch(text: string, specific: ImplementationSpecific): PathMatch | Flaw {
  switch (specific) {
    case 'linkerd':
      return regex(text)
    case 'istio':
      return text === '/' ? segments(text) : (historicPrefix(text) ?? exact(text))
    case 'prefix':
      return historicPrefix(text) ?? segments(text)
  }
}

/** `/a.*` takes what begins with `/a`, as the first Ingress controllers of Istio had it; `/a/*` the segments below `/a`, and `/a`. */
function historicPrefix(text: string): PathMatch | Flaw | undefined {
  if (text.endsWith('.*')) return prefix(text.slice(0, -2) || '/')
  return text.endsWith('/*') ? segments(text.slice(0, -2) || '/') : undefined
}

function exact(text: string): PathMatch | Flaw {
  const value = exactPath.read(text, noSecrets)
  return value instanceof Flaw ? value : { kind: 'exact', value }
}

function segments(text: string): PathMatch | Flaw {
  const value = segmentsPath.read(text, noSecrets)
  return value instanceof Flaw ? value : { kind: 'segments', value }
}

function prefix(text: string): PathMatch | Flaw {
  const value = prefixPath.read(text, noSecrets)
  return value instanceof Flaw ? value : { kind: 'prefix', value }
}

function regex(text: string): PathMatch | Flaw {
  const why = regexProblem(text)
  return why === undefined
    ? { kind: 'regex', value: text }
    : new Flaw(`cannot be used: ${why}`, 'write it in the syntax of RE2')
}

/**
 * The pattern that ingress-nginx makes of a path once a host has regular expressions: whatever begins as the path says, in any case.
 * Ours match whole paths, so the rest is added; groups keep their numbers.
 */
export function nginxPattern(path: string): string {
  return `(?i)(?:${path === '' ? '/' : path}).*`
}

/** Its match, when it can be used. */
export function nginxMatch(path: string): PathMatch | Flaw {
  return regex(nginxPattern(path))
}

/** The pattern that a rewrite finds in a path that `nginxMatch` took: all of it, once. */
export function rewritePattern(path: string): string {
  return `^${nginxPattern(path)}$`
}

/** A `rewrite-target` as our replacements are written: `$1` … `$9` are groups in both, any other dollar stands for itself. */
export function rewriteReplacement(target: string): string {
  return target.replaceAll(/\$(?![1-9])/g, '$$$$')
}
