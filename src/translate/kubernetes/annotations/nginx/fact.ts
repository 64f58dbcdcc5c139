/** What becomes of one annotation of ingress-nginx. */
export interface NginxFact {
  /** Without prefix. */
  readonly name: string
  /** What its value looks like. */
  readonly value: string
  /** `no-op`: nothing needs doing. `later`: not in this version. `refused`: never. */
  readonly fate: 'obeyed' | 'no-op' | 'later' | 'refused'
  /** It keeps somebody out: routes are closed when it is given and cannot be obeyed. */
  readonly protects: boolean
  /** What is done; why nothing needs doing; what it waits for; why it is refused. */
  readonly says: string
  /** What says the same in our words, as full annotations or filters; `""` when nothing does. */
  readonly native: string
}

/** Facts of a group, from rows that say what is special about each. */
export function obeyed(name: string, value: string, says: string, native = ''): NginxFact {
  return { name, value, fate: 'obeyed', protects: false, says, native }
}

/** Nothing needs doing, and nothing is told. */
export function noOp(name: string, value: string, why: string, native = ''): NginxFact {
  return { name, value, fate: 'no-op', protects: false, says: why, native }
}

/** Not in this version: told. `awaits` is what it comes with. */
export function later(name: string, value: string, awaits: string, native = ''): NginxFact {
  return { name, value, fate: 'later', protects: false, says: awaits, native }
}

/** Never: told, with the reason. */
export function refused(name: string, value: string, why: string, native = ''): NginxFact {
  return { name, value, fate: 'refused', protects: false, says: why, native }
}

/** The same for something that keeps somebody out. */
export function protecting(fact: NginxFact): NginxFact {
  return { ...fact, protects: true }
}
