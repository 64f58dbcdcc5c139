/** A span of time in milliseconds. */
export type Ms = number

/** A number of bytes. */
export type Bytes = number
