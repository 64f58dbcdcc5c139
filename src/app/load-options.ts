import { availableParallelism } from 'node:os'
import type { LoadOptions } from '../control/load.ts'

/** What a load of these files and folders needs of this host. */
export function loadOptions(paths: readonly string[]): LoadOptions {
  return { paths, env: { ...process.env }, cores: availableParallelism() }
}
