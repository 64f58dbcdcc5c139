/** The same latin1 text with memory of its own: what is cut out of a longer text keeps all of that in memory. */
export function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
