import type { MaterialId } from '../../model/material.ts'

/** Reads the files that the filters of one route name, and collects what is wrong with them. */
export interface FilterFiles {
  /** A file, or its lines; `undefined`, with a problem, when they cannot be used: there is no model then. */
  users(written: string | readonly string[]): MaterialId | undefined
  apiKeys(written: string | readonly string[]): MaterialId | undefined
}

/** Where none can be read. Whoever uses it has seen to it that none is named, or asks only what routes refer to. */
export const noFiles: FilterFiles = { users: () => undefined, apiKeys: () => undefined }
