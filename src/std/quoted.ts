/** Characters a terminal or a log reader would act on instead of showing: controls, bidirectional marks, line separators. */
const invisible = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/**
 * A value from outside as it may be shown to people: in double quotes, escaped, cut to `longest` characters.
 */
export function quoted(value: string, longest = 80): string {
  const shown = value.length > longest ? `${value.slice(0, longest - 1)}…` : value
  return JSON.stringify(shown).replace(invisible, escape)
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
