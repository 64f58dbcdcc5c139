import { appendField, eachField } from '../http/field-block.ts'

/**
 * The lines without twins of the names, such as `x_user` of `x-user`: servers that hand headers on as variables take both for the
 * same. Lines of the very names stay, for filters to take away.
 */
export function withoutTwins(fields: string, ownNames: readonly string[]): string {
  let kept = ''
  let found = false
  eachField(fields, (name, value) => {
    const plain = odd.test(name) ? name.toLowerCase().replace(allOdd, '-') : ''
    if (ownNames.includes(plain)) found = true
    else kept = appendField(kept, name, value)
  })
  return found ? kept : fields
}

const odd = /[^A-Za-z0-9-]/
const allOdd = /[^a-z0-9-]/g
