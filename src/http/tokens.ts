import { trimmed } from './field-block.ts'

/** A token of RFC 9110 §5.6.2: what methods, field names and protocol names are made of. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Whether `text` is a token: at least one character, none of them a separator, a space or a control. */
export function isToken(text: string): boolean {
  return token.test(text)
}

/** Whether `text` may stand as a field value: no control but tab, nothing above U+00FF (RFC 9110 §5.5). */
export function isFieldValue(text: string): boolean {
  return fieldContent.test(text)
}

const fieldContent = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * Splits a comma-separated list of tokens into lower-case names; empty members are left out (RFC 9110 §5.6.1).
 * `undefined` when a member is not a token, when there are more than `most`, or a great many empty ones.
 */
export function tokenList(value: string, most: number): string[] | undefined {
  const mostMembers = most * 4
  const members = value.split(',', mostMembers + 1)
  if (members.length > mostMembers) return undefined
  const names: string[] = []
  for (const member of members) {
    const name = trimmed(member, 0, member.length).toLowerCase()
    if (name === '') continue
    if (!isToken(name) || names.length === most) return undefined
    names.push(name)
  }
  return names
}
