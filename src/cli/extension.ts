import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Command, exitCodes, type Terminal, UsageError } from './command.ts'
import { fastifySkeleton, fetchSkeleton, type Skeleton } from './extension-skeleton.ts'

export const extensionCommand: Command = {
  name: 'extension',
  summary: 'begin an extension: a module of yours that requests go through',
  usage: 'extension new NAME [--fetch] [--folder FOLDER]',
  options: {
    fetch: {
      short: undefined,
      value: undefined,
      text: 'an object with fetch(request), instead of a Fastify plugin',
      choices: [],
    },
    folder: {
      short: undefined,
      value: 'FOLDER',
      text: 'where to write it; without it, here: best beside the configuration',
      choices: [],
    },
  },
  examples: [
    {
      line: 'tidegate extension new my-extension',
      shows:
        'writes my-extension.ts, a Fastify plugin, and a test, and shows what to add to the configuration',
    },
    {
      line: 'tidegate extension new my-extension --fetch',
      shows:
        'the same for an object with fetch(request, context), which gives a Response, a Request or nothing',
    },
    { line: 'node --test my-extension.test.ts', shows: 'run its test' },
  ],
  async run(args, terminal) {
    const [what, name, ...rest] = args.positionals
    if (what !== 'new')
      throw new UsageError('extension needs to know what to do', 'write: tidegate extension new NAME')
    if (name === undefined || rest.length > 0)
      throw new UsageError('extension new needs one name', 'write: tidegate extension new my-extension')
    if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > 64)
      throw new UsageError(
        `"${name}" is no name for an extension`,
        'write letters of lower case, digits and single dashes, such as "my-extension"',
      )
    const folder = args.values.get('folder')?.at(-1) ?? '.'
    return write(
      args.values.has('fetch') ? fetchSkeleton(name) : fastifySkeleton(name),
      { name, folder },
      terminal,
    )
  },
}

async function write(
  { files, install }: Skeleton,
  { name, folder }: { readonly name: string; readonly folder: string },
  terminal: Terminal,
): Promise<number> {
  const taken = files.map(([file]) => join(folder, file)).find((path) => existsSync(path))
  if (taken !== undefined) {
    terminal.err(`${taken} is there already: nothing was written; write another name, or remove it\n`)
    return exitCodes.failed
  }
  for (const [file, text] of files) {
    const path = join(folder, file)
    try {
      await writeFile(path, text, { flag: 'wx' })
    } catch (error) {
      terminal.err(`${path} was not written: ${whyNot(error)}\n`)
      return exitCodes.failed
    }
    terminal.out(`wrote ${path}\n`)
  }
  const steps = [
    ...(install === undefined
      ? []
      : [`  ${install}`, '      once, for its types and its test: Tidegate brings its own']),
    `  node --test ${relative('.', join(folder, `${name}.test.ts`))}`,
    '      run its test',
  ]
  terminal.out(
    [
      '',
      'next:',
      ...steps,
      '',
      'add it to a route of a configuration in the same folder:',
      '',
      ...lines(name),
      '',
    ].join('\n'),
  )
  return exitCodes.ok
}

function lines(name: string): readonly string[] {
  return [
    'routes:',
    '  - hosts: [shop.example.com]',
    '    filters:',
    `      - extension: ./${name}.ts`,
    '        options: {}',
    '    to: shop',
    '',
    'An edit takes effect at once. See docs/guides/extensions.md.',
  ]
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EEXIST') return 'it is there already'
  if (code === 'ENOENT') return 'the folder does not exist; create it first'
  return error instanceof Error ? error.message : String(error)
}
