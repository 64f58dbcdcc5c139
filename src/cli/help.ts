import type { Command, Example, Option } from './command.ts'
import { commonOptions } from './parse-arguments.ts'

/** The page that `tidegate help` shows. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length))
  const list = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`)
  return [
    'Tidegate is an edge gateway that explains itself.',
    '',
    'usage: tidegate COMMAND [options]',
    '',
    ...list,
    '',
    'first steps:',
    ...exampleLines([
      { line: 'tidegate check gateway.yaml', shows: 'find every mistake in a file before it runs' },
      {
        line: 'tidegate run --config gateway.yaml',
        shows: 'carry traffic; edits of the file take effect at once',
      },
      {
        line: 'tidegate explain GET http://shop.test/api --config gateway.yaml',
        shows: 'see where a request goes, and why',
      },
    ]),
    '',
    'tidegate COMMAND --help teaches one command with examples.',
    '',
  ].join('\n')
}

/** The page that `tidegate COMMAND --help` shows. */
export function commandHelp(command: Command): string {
  return [
    command.summary,
    '',
    `usage: tidegate ${command.usage}`,
    '',
    'options:',
    ...optionLines({ ...command.options, ...commonOptions }),
    '',
    'examples:',
    ...exampleLines(command.examples),
    '',
  ].join('\n')
}

function optionLines(options: Readonly<Record<string, Option>>): string[] {
  const heads = Object.entries(options).map(([name, option]) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `
    const value = option.value === undefined ? '' : ` ${option.value}`
    return { head: `${short}--${name}${value}`, text: option.text }
  })
  const width = Math.max(...heads.map(({ head }) => head.length))
  return heads.map(({ head, text }) => `  ${head.padEnd(width)}  ${text}`)
}

function exampleLines(examples: readonly Example[]): string[] {
  return examples.flatMap(({ line, shows }) => [`  ${line}`, `      ${shows}`])
}
