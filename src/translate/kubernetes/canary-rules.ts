import type { ValueMatch } from '../../model/match.ts'
import type { NameTree } from '../../names/name-tree.ts'
import type { Canary } from './annotations/annotations-read.ts'

/** Requests of a path that go one way whatever the weight says. */
export interface CanaryRule {
  readonly headers: readonly ValueMatch[]
  readonly cookies: readonly ValueMatch[]
  readonly goes: 'to canary' | 'to main' | 'by weight'
}

/** Where a canary takes its requests. */
export interface CanaryPart {
  readonly canary: Canary
  readonly tree: NameTree<string>
}

const byWeight: CanaryRule = { headers: [], cookies: [], goes: 'by weight' }

/** How requests are told apart: the header decides before the cookie, and that before the weight, as in ingress-nginx. */
export function canaryRules(canary: Canary | undefined): readonly CanaryRule[] {
  if (canary === undefined) return [byWeight]
  const { header, cookie } = canary
  const rules: CanaryRule[] = []
  const word = (name: string, value: string): ValueMatch => ({ name, value: { kind: 'exact', value } })
  if (header?.value !== undefined) {
    rules.push({ headers: [word(header.name, header.value)], cookies: [], goes: 'to canary' })
  } else if (header?.pattern !== undefined) {
    const match: ValueMatch = { name: header.name, value: { kind: 'regex', value: header.pattern } }
    rules.push({ headers: [match], cookies: [], goes: 'to canary' })
  } else if (header !== undefined) {
    rules.push({ headers: [word(header.name, 'always')], cookies: [], goes: 'to canary' })
    rules.push({ headers: [word(header.name, 'never')], cookies: [], goes: 'to main' })
  }
  if (cookie !== undefined) {
    rules.push({ headers: [], cookies: [word(cookie, 'always')], goes: 'to canary' })
    rules.push({ headers: [], cookies: [word(cookie, 'never')], goes: 'to main' })
  }
  return [...rules, byWeight]
}

/** Where the requests of a rule go. */
export function canaryTarget(
  goes: CanaryRule['goes'],
  main: NameTree<string>,
  part: CanaryPart | undefined,
): NameTree<string> {
  if (part === undefined || goes === 'to main') return main
  if (goes === 'to canary') return part.tree
  const { weight, total } = part.canary
  if (!(weight > 0)) return main
  if (weight >= total) return part.tree
  return {
    kind: 'union',
    branches: [
      { weight: total - weight, tree: main },
      { weight, tree: part.tree },
    ],
  }
}
