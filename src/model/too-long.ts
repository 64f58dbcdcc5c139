/**
 * A text from outside that is longer than we keep.
 *
 * One tenant's annotations (the API allows 256 KiB an object) are not to fill our memory. Leaving a long one out would make it look as if
 * it had never been said, and an address list or an authentication that nobody sees lets everybody in. Cutting it would make another
 * value of it: `10.0.0.0/8,10.0.0.0/16` becomes `10.0.0.0/8,10.0.0.0/1`. So what is kept starts with NUL, which no value that
 * anybody means holds: parsers refuse it, and whoever asks {@link isTooLong} can say why. Its first characters follow, to be shown.
 */
const mark = '\u0000too long: '

/** What is kept in the place of `text`. */
export function markTooLong(text: string): string {
  // Joined by `join`, the result is a text of its own: a slice of a long text would keep all of it in memory.
  return [mark, ...text.slice(0, 40).split('')].join('')
}

/** Whether a text stands for one that was too long; one that starts with NUL by itself counts too. */
export function isTooLong(text: string): boolean {
  return text.startsWith('\u0000')
}
