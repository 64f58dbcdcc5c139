import type { WalkStep } from './walk.ts'

/**
 * A walk as indented lines for people:
 *
 * ```text
 * the first of these that leads somewhere
 *   one of these by weight
 *     90 %  web-v1
 *     10 %  web-v2
 *   web-old  (not needed: one before it leads somewhere)
 * ```
 *
 * A weight whose share differs from it (because others lead nowhere) shows both: `10 % → 100 %  web-v2`.
 */
export function printWalk(steps: readonly WalkStep[], indent = ''): string[] {
  return steps.map((step) => {
    const note = step.note === '' ? '' : `  (${step.note})`
    return `${indent}${'  '.repeat(step.depth)}${weightText(step, steps)}${label(step)}${note}`
  })
}

/** Percent as people write it: at most one decimal, and never a rounded-down 0 for something that happens. */
export function percent(value: number): string {
  if (value > 0 && value < 0.1) return '< 0.1 %'
  return `${Number(value.toFixed(1))} %`
}

function weightText(step: WalkStep, steps: readonly WalkStep[]): string {
  if (step.weight === null) return ''
  const parent = parentShare(step, steps)
  const now = parent === 0 ? step.weight : (100 * step.share) / parent
  const written = percent(step.weight)
  return percent(now) === written ? `${written}  ` : `${written} → ${percent(now)}  `
}

function parentShare(step: WalkStep, steps: readonly WalkStep[]): number {
  for (let i = steps.indexOf(step) - 1; i >= 0; i -= 1) {
    const before = steps[i]
    if (before !== undefined && before.depth < step.depth) return before.share
  }
  return 100
}

function label(step: WalkStep): string {
  switch (step.kind) {
    case 'leaf':
      return step.name
    case 'alt':
      return 'the first of these that leads somewhere'
    case 'union':
      return 'one of these by weight'
    case 'neg':
      return '~'
    case 'fail':
      return '!'
    case 'empty':
      return '$'
  }
}
