/**
 * How far a flush came.
 *
 * - `sent`: the kernel has everything.
 * - `held`: some of it waits in the process; more may come, and its bytes must not be overwritten.
 * - `full`: enough waits; nothing more may come before the drained event.
 */
export type Flushed = 'sent' | 'held' | 'full'
