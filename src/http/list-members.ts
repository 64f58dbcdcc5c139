import { fieldValue } from './field-block.ts'

/** The members of a list of words (RFC 9110 §5.6.1), in lower case; what stands between two commas may be empty. */
export function listMembers(list: string): readonly string[] {
  return list.split(',').map((member) => member.trim().toLowerCase())
}

/** Whether the lines of a response say that it depends on a request header (RFC 9110 §12.5.5). @param lowerName in lower case. */
export function isVaryingBy(fields: string, lowerName: string): boolean {
  const vary = fieldValue(fields, 'vary')
  return vary !== undefined && listMembers(vary).some((name) => name === lowerName || name === '*')
}
