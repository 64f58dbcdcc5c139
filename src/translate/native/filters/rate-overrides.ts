import { isUtf8 } from 'node:buffer'
import type { Amount, RateOverride } from '../../../model/filters/rate-limit.ts'
import { quoted } from '../../../std/quoted.ts'
import { Flaw, noSecrets } from '../../format/flaw.ts'
import { rate } from '../../format/rate.ts'
import {
  type NativeOverrides,
  type OverriddenRule,
  overrideFlaw,
  twinFlaws,
  usualBurst,
  type WrittenOverride,
  writtenOverrides,
} from '../../schema/filters/rate-overrides.ts'
import type { FilterFiles } from '../filter-files.ts'

/** Limits of their own as the model has them; what is wrong with a file is reported. */
export function rateOverrides(
  native: NativeOverrides | undefined,
  rule: OverriddenRule,
  files: FilterFiles,
): readonly RateOverride[] {
  if (native === undefined) return []
  const written = typeof native === 'string' ? ofFile(native, rule, files) : writtenOverrides(native)
  return written.map((one) => ({ name: one.name, ...amountOf(one, rule.kind) }))
}

function amountOf({ rate: { rate: number, per }, burst }: WrittenOverride, kind: Amount['kind']): Amount {
  const most = burst ?? usualBurst({ rate: number, per })
  return { kind, rate: number, per, burst: kind === 'quota' ? 0 : most }
}

function ofFile(path: string, rule: OverriddenRule, files: FilterFiles): readonly WrittenOverride[] {
  const material = files.text(path)
  if (material === undefined) return []
  const found: WrittenOverride[] = []
  const twinFlaw = twinFlaws(rule)
  // Texts of files are kept as bytes.
  const bytes = Buffer.from(material.text, 'latin1')
  if (!isUtf8(bytes)) files.refuse(path, 'is not UTF-8', 'write it in UTF-8')
  const lines = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const one = readLine(line)
    const flaw = one instanceof Flaw ? one : (overrideFlaw(one, rule) ?? twinFlaw(one))
    if (flaw !== undefined) files.refuse(path, `line ${index + 1}: ${flaw.message}`, flaw.remedy)
    else if (!(one instanceof Flaw)) found.push(one)
  }
  return found
}

const parts = /^(.+):[ \t]+(\S+)(?:[ \t]+(\d{1,9}))?[ \t]*$/

function readLine(line: string): WrittenOverride | Flaw {
  const [, name = '', written = '', burst] = parts.exec(line) ?? []
  if (name === '') return new Flaw('is no limit', 'write "NAME: RATE" or "NAME: RATE BURST"')
  const read = rate.read(written, noSecrets)
  if (read instanceof Flaw) return new Flaw(`${quoted(written)} ${read.message}`, read.remedy)
  return { name: name.trim(), rate: read, burst: burst === undefined ? undefined : Number(burst) }
}
