import { withoutFields } from '../http/field-block.ts'
import { isProtectedField } from '../http/protected-fields.ts'
import { fromUtf8Bytes } from '../http/query.ts'
import { isFieldValue, isToken } from '../http/tokens.ts'
import type { HeaderEdit } from '../model/filter-spec.ts'
import { assert } from '../std/assert.ts'
import type { Filter } from './filter.ts'

/** Edits the headers that go upstream. */
export function requestHeaders(edit: HeaderEdit): Filter {
  const change = compileEdit(edit)
  return {
    kind: 'requestHeaders',
    summary: editSummary(edit),
    onRequest(request) {
      request.fields = change(request.fields)
      return undefined
    },
    onResponse: undefined,
    ownNames: [...edit.remove, ...edit.set.map(([name]) => name)],
    foresee: 'by running',
  }
}

/** Edits the headers of the upstream's response. */
export function responseHeaders(edit: HeaderEdit): Filter {
  const change = compileEdit(edit)
  return {
    kind: 'responseHeaders',
    summary: editSummary(edit),
    onRequest: undefined,
    onResponse(response) {
      response.fields = change(response.fields)
    },
  }
}

/** Names to cut and lines to append are worked out once; a request costs one pass for each name and one concatenation. */
function compileEdit({ remove, set, add }: HeaderEdit): (fields: string) => string {
  for (const name of remove) assertEditable(name)
  for (const [name] of [...set, ...add]) assertEditable(name)
  const cut = [...new Set([...remove, ...set.map(([name]) => name)])]
  const lines = fieldLines([...set, ...add])
  return (fields) => withoutFields(fields, cut) + lines
}

/** The lines of a field block. */
export function fieldLines(fields: readonly (readonly [name: string, value: string])[]): string {
  let lines = ''
  for (const [name, value] of fields) {
    assert(isToken(name) && isFieldValue(value), `header "${name}" was validated`)
    lines += `${name}: ${value}\r\n`
  }
  return lines
}

function assertEditable(name: string): void {
  assert(isToken(name) && name === name.toLowerCase(), `header name "${name}" is a lower-case token`)
  assert(!isProtectedField(name), `header "${name}" is not the gateway's own`)
}

function editSummary({ remove, set, add }: HeaderEdit): string {
  const parts = [
    ...remove.map((name) => `remove ${name}`),
    ...set.map(([name, value]) => `set ${name}: ${fromUtf8Bytes(value)}`),
    ...add.map(([name, value]) => `add ${name}: ${fromUtf8Bytes(value)}`),
  ]
  return parts.length === 0 ? 'changes nothing' : parts.join(', ')
}
