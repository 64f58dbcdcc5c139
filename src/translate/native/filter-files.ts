import type { MaterialId, TextMaterial } from '../../model/material.ts'
import type { ExtensionFile } from '../material-source.ts'

/** Reads the files that the filters of one route name, and collects what is wrong with them. */
export interface FilterFiles {
  /** `undefined`, with a problem, when they cannot be used: there is no model then. */
  ca(path: string): MaterialId | undefined
  /** As with `ca`. */
  text(path: string): TextMaterial | undefined
  /** A file, or its lines; as with `ca`. */
  users(written: string | readonly string[]): MaterialId | undefined
  apiKeys(written: string | readonly string[]): MaterialId | undefined
  /** The module of an extension; as with `ca`. */
  extension(name: string): ExtensionFile | undefined
  /** Reports what a file holds. @param what follows its name: `holds no key`. */
  refuse(path: string, what: string, remedy: string): void
}

/** Where none can be read. Whoever uses it has seen to it that none is named, or asks only what routes refer to. */
export const noFiles: FilterFiles = {
  ca: () => undefined,
  text: () => undefined,
  users: () => undefined,
  apiKeys: () => undefined,
  extension: () => undefined,
  refuse: () => undefined,
}
