import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Why extensions did not start, in words that name the place in the operator's code. */
export interface StartFailure {
  /** `TypeError: x is not a function`. */
  readonly message: string
  /** `/etc/tidegate/my-extension.ts:12`; `""` when nobody knows. */
  readonly place: string
}

/**
 * The same, with the place of mistakes in syntax: V8 tells it to nobody who catches them, so that Node is asked to look at the files
 * once more, in a process of its own.
 */
export async function startFailureWithPlace(error: unknown, files: readonly string[]): Promise<StartFailure> {
  const failure = startFailure(error, files)
  if (failure.place !== '' || !(error instanceof SyntaxError)) return failure
  for (const file of files) {
    const place = await placeOfMistake(file)
    if (place !== '') return { ...failure, place }
  }
  return failure
}

/** Node needs some 50 ms for it. */
const checkMs = 5_000

function placeOfMistake(file: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { env: {}, timeout: checkMs, maxBuffer: 1_048_576 }
    execFile(process.execPath, ['--check', file], options, (error, _, stderr) =>
      resolve(error === null ? '' : (placesIn(stderr).find((place) => place.startsWith(file)) ?? '')),
    )
  })
}

/** A failure in one line. */
export function describeFailure({ message, place }: StartFailure): string {
  return place === '' ? message : `${message} at ${place}`
}

/** Longer ones hold source text. */
const longest = 500

/**
 * Reads what a module threw: its first line, and the first place in the stack that is the operator's code.
 *
 * @param files of the modules; places in other files count only when there is none in the folders of these.
 */
export function startFailure(error: unknown, files: readonly string[]): StartFailure {
  if (!(error instanceof Error)) return { message: `threw ${String(error)}`.slice(0, longest), place: '' }
  const [first = ''] = error.message.split('\n')
  const places = placesIn(error.stack ?? '')
  const place =
    places.find((one) => files.some((file) => one.startsWith(file))) ?? places.find(isTheirs) ?? ''
  return { message: `${error.name}: ${first}`.slice(0, longest), place }
}

/** Of syntax errors, Node writes the place in front of the message, as a URL or a path; of others in lines `at`. */
function placesIn(stack: string): readonly string[] {
  const found = stack.matchAll(/(?:^|[\s(]|(file:\/\/))(\/[^\s():?]+)(?:\?[^\s():]*)?:(\d+)/gm)
  return [...found].map(([, scheme = '', path = '', line = '']) =>
    scheme === '' ? `${path}:${line}` : `${fileURLToPath(`${scheme}${path}`)}:${line}`,
  )
}

function isTheirs(place: string): boolean {
  return !place.includes('/node_modules/') && !place.startsWith(import.meta.dirname)
}
