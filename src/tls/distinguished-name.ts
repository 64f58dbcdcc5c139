/**
 * A name as RFC 2253 writes it, `CN=a,O=Shop\, Inc,C=US`, of what Node makes of it: a line for each part, in the order of the
 * certificate, with values escaped by the same RFC. All of it is printable ASCII; other characters become `\C3\A9`.
 */
export function distinguishedName(lines: string | undefined): string {
  if (lines === undefined) return ''
  return lines.split('\n').reverse().map(asciiOnly).join(',')
}

function asciiOnly(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => {
    let escaped = ''
    for (const byte of Buffer.from(character)) {
      escaped += `\\${byte.toString(16).padStart(2, '0').toUpperCase()}`
    }
    return escaped
  })
}
