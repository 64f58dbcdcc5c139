import { appendField, eachField } from '../http/field-block.ts'

/**
 * The lines of a field block that have one of some names, with these as they are written here.
 *
 * @param names in lower case.
 */
export function chosenLines(block: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  let lines = ''
  eachField(block, (name, value) => {
    const lower = name.toLowerCase()
    if (names.includes(lower)) lines = appendField(lines, lower, value)
  })
  return lines
}
