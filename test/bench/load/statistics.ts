/** A figure measured several times. */
export interface Figure {
  readonly median: number
  readonly low: number
  readonly high: number
}

export function figure(values: readonly number[]): Figure {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
  return { median, low: sorted[0] ?? Number.NaN, high: sorted.at(-1) ?? Number.NaN }
}

/** `1.12 (1.08–1.15)`. */
export function shown({ median, low, high }: Figure, digits = 2, unit = ''): string {
  return `${median.toFixed(digits)}${unit} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}

/** A line of the final table. */
export interface Row {
  readonly what: string
  readonly mustReach: string
  readonly aim: string
  readonly measured: string
  readonly verdict: 'reached' | 'MISSED' | 'INVALID'
}

export function row(
  what: string,
  limit: { kind: 'at most' | 'at least'; must: number; aim: number; unit?: string; digits?: number },
  value: Figure,
  note = '',
): Row {
  const sign = limit.kind === 'at most' ? '≤' : '≥'
  const ok = limit.kind === 'at most' ? value.median <= limit.must : value.median >= limit.must
  const unit = limit.unit ?? ''
  return {
    what,
    mustReach: `${sign} ${limit.must}${unit}`,
    aim: `${sign} ${limit.aim}${unit}`,
    measured: shown(value, limit.digits ?? 2, unit) + (note === '' ? '' : `; ${note}`),
    verdict: ok ? 'reached' : 'MISSED',
  }
}

/** The same line, worthless: what was measured were failures. */
export function invalid(line: Row, why: string): Row {
  return { ...line, measured: `${line.measured}; ${why}`, verdict: 'INVALID' }
}

export function printTable(rows: readonly Row[]): void {
  const lines = [
    ['what', 'must reach', 'aim', 'measured (spread)', ''],
    ...rows.map((r) => [r.what, r.mustReach, r.aim, r.measured, r.verdict]),
  ]
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...lines.map((line) => (line[i] ?? '').length)))
  const text = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  console.log('')
  console.log(text(lines[0] ?? []))
  console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  for (const line of lines.slice(1)) console.log(text(line))
}
