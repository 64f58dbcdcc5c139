/** No field of a log line is longer: hardening 2.16. */
export const fieldLimit = 1024

/** Everything but printable ASCII without `"` and `\`: what must be looked at. */
const special = /[^ !#-[\]-~]/

/**
 * A value as it may stand between the quotes of a JSON string, of at most `limit` characters, `…` in place of what was
 * cut. Besides what JSON asks for, C1 controls (a terminal obeys them), line separators, direction marks and lone
 * surrogates become `\uXXXX`: the line stays one line and shows what was sent, in any viewer.
 */
export function escapeField(value: string, limit: number = fieldLimit): string {
  return value.length <= limit && !special.test(value) ? value : escapeSlowly(value, limit)
}

function escapeSlowly(value: string, limit: number): string {
  let out = ''
  for (const char of value.length > limit ? value.slice(0, limit) : value) {
    const escaped = escapeChar(char)
    if (out.length + escaped.length > limit - 1) return `${out}…`
    out += escaped
  }
  return value.length > limit ? `${out}…` : out
}

function escapeChar(char: string): string {
  const code = char.codePointAt(0) ?? 0
  if (char === '"' || char === '\\') return `\\${char}`
  return isHidden(code) ? `\\u${code.toString(16).padStart(4, '0')}` : char
}

/** Controls, marks without a shape of their own, and halves of surrogate pairs; all below U+10000. */
function isHidden(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    code === 0xad ||
    code === 0x61c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xd800 && code <= 0xdfff) ||
    (code >= 0xfff9 && code <= 0xfffb) ||
    code === 0xfeff
  )
}
