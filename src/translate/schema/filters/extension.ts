import { Flaw } from '../../format/flaw.ts'
import { freeMap, listOf, type Mismatch, text, word } from '../build.ts'

/** The module itself. */
export const extensionSchema = text('moduleName', {
  description:
    'Takes requests through a module of yours: a Fastify plugin, or an object with `fetch(request)`. A path begins at the folder of the configuration file; the name of a package is looked for from there, then beside Tidegate. Neighbouring extensions run together. See [extensions](../guides/extensions.md).',
  examples: ['./my-extension.ts'],
})

/** What may stand beside it. */
export const extensionParts = {
  options: freeMap('options', {
    default: {},
    description: 'Beside `extension`: handed to it as they are. Secrets do not belong here: see `env`.',
  }),
  isolation: word(['worker', 'inline'], {
    default: 'worker',
    description:
      'Beside `extension`: `worker` runs it in a thread of its own; `inline` in the thread that carries traffic, where it costs less, and where one that blocks or ends its process takes the gateway with it.',
  }),
  memory: text('size', {
    default: '256MiB',
    description:
      'Beside `extension`: what the JavaScript of its thread may hold, at least `16MiB`; beyond it the thread ends and another starts. Says nothing of buffers.',
  }),
  watchdog: text('duration', {
    default: '5s',
    description:
      'Beside `extension`: how long the loop of its thread may stand still, at least `100ms`; then the thread is ended, its requests get 500, and another starts.',
  }),
  env: listOf(text('variableName', { description: 'A name.' }), {
    default: [],
    description:
      'Beside `extension`: variables of the environment that its thread sees in `process.env`; it sees no others. `inline` sees all.',
    examples: [['DATABASE_URL']],
  }),
}

interface Written {
  readonly extension?: string
  readonly isolation?: 'worker' | 'inline'
  readonly memory?: number
  readonly watchdog?: number
}

/** Whether limits of an extension can be kept. */
export function checkExtension({ extension, memory, watchdog }: Written): Mismatch | undefined {
  if (extension === undefined) return undefined
  if (memory !== undefined && memory < 16 * 1024 * 1024)
    return { at: 'memory', flaw: new Flaw('is too little to start with', 'write "16MiB" or more') }
  if (watchdog !== undefined && watchdog < 100)
    return { at: 'watchdog', flaw: new Flaw('is shorter than a busy moment', 'write "100ms" or more') }
  return undefined
}

/** Whether the extensions of a route are neighbours of one isolation. */
export function checkGroups(filters: readonly Written[]): Mismatch | undefined {
  const places = filters.flatMap(({ extension }, index) => (extension === undefined ? [] : [index]))
  const [first = 0] = places
  for (const [count, at] of places.entries()) {
    if (at !== first + count)
      return {
        at,
        flaw: new Flaw(
          'has another filter between it and the extension before it, and all extensions of a route run together',
          'put it directly behind that one',
        ),
      }
    if (filters[at]?.isolation !== filters[first]?.isolation)
      return {
        at,
        flaw: new Flaw(
          'has another "isolation" than the extension before it, and all extensions of a route run together',
          'write the same for both',
        ),
      }
  }
  return undefined
}
