import { isToken } from '../../http/tokens.ts'
import { accessLogFields } from '../../model/access-log-fields.ts'
import { closest } from '../../std/closest.ts'
import { Flaw, type Format } from './flaw.ts'

/** `%{name}`, `%{header:name}`, `%%`, or a lone percent sign. */
const placeholder = /%(?:\{([^{}]*)\}|(%))?/g

/** A line of the access log: `json`, or a template with `%{…}` fields. */
export const logFormat: Format<string> = {
  noun: 'a format of log lines',
  example: '"json", or a template such as "%{client} \\"%{method} %{path}\\" %{status}"',
  pattern: undefined,
  read(text) {
    if (text === 'json') return text
    const placeholders = [...text.matchAll(placeholder)]
    const isTemplate = placeholders.some(([, name]) => name !== undefined)
    if (!isTemplate || text.length > 4096)
      return new Flaw('is neither "json" nor a template', `write ${this.example}`)
    for (const [, name, percent] of placeholders) {
      const flaw = percent === '%' ? undefined : checkField(name)
      if (flaw !== undefined) return flaw
    }
    return text
  },
}

function checkField(name: string | undefined): Flaw | undefined {
  if (name === undefined) return new Flaw('has a lone "%"', 'write "%%" for a percent sign')
  if (name.startsWith('header:')) {
    const isHeader = isToken(name.slice('header:'.length))
    return isHeader
      ? undefined
      : new Flaw(`names "${name}", which is not a header`, 'write it like %{header:user-agent}')
  }
  if (accessLogFields.includes(name)) return undefined
  const near = closest(name, accessLogFields)
  const remedy =
    near === undefined
      ? `write one of ${accessLogFields.join(', ')}, header:NAME`
      : `did you mean "%{${near}}"?`
  return new Flaw(`has no field "${name}"`, remedy)
}
