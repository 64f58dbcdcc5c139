import { fileURLToPath } from 'node:url'

/** Why extensions did not start, in words that name the place in the operator's code. */
export interface StartFailure {
  /** `TypeError: x is not a function`. */
  readonly message: string
  /** `/etc/tidegate/my-extension.ts:12`; `""` when nobody knows. */
  readonly place: string
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
