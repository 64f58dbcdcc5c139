/**
 * Holds a promise the program makes to itself; a broken one is our bug, never the operator's or a peer's.
 *
 * @throws {Error} when `condition` is false.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}

/** Marks a place no value can reach: a new case of a union breaks the build here. */
export function unreachable(value: never): never {
  throw new Error(`assertion failed: unexpected value ${JSON.stringify(value)}`)
}
