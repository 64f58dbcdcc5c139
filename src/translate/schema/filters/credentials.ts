import { either, listOf, text } from '../build.ts'

/** A file of credentials, or the lines of one as a list. */
export function credentialSource(what: string, line: string) {
  return either(
    [
      text('materialFile', {
        description: `A file of ${what}, one a line; read again when it changes. Relative paths begin at the folder of the configuration file.`,
      }),
      listOf(text('credentialLine', { description: line }), {
        description: 'The lines themselves.',
        minItems: 1,
      }),
    ],
    { description: `Where ${what} are: a file, or a list of its lines.` },
  )
}
