import { Flaw, type Format } from './flaw.ts'

/** The path of a module, or the name of a package as Node resolves it, with a folder in it if need be: `@acme/gate/edge`. */
export const moduleName: Format<string> = {
  noun: 'a module',
  example: 'a path such as "./my-extension.ts", or the name of a package such as "@acme/gate"',
  pattern: '^[^\\0\\n]+$',
  read(text) {
    if (text === '' || /[\0\n]/.test(text) || text.length > 4096)
      return new Flaw('is not a module', `write ${this.example}`)
    if (/^[a-z][a-z0-9+.-]+:/i.test(text))
      return new Flaw('is a URL', 'put the module beside the configuration, and write its path')
    if (isBarePath(text)) return new Flaw('is read as the name of a package', `write "./${text}" for a file`)
    return text
  },
}

/** `my-extension.ts` was hardly meant as a package. */
function isBarePath(text: string): boolean {
  return /^[^./@][^/]*\.(?:[cm]?[jt]s)$/.test(text)
}

/** The name of a variable of the environment. */
export const variableName: Format<string> = {
  noun: 'a name of a variable',
  example: 'a name such as "DATABASE_URL"',
  pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
  read: (text) =>
    /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text)
      ? text
      : new Flaw('is not a name of a variable', 'write a name such as "DATABASE_URL"'),
}
