import { availableParallelism } from 'node:os'
import type { LoadOptions } from '../control/load.ts'
import { environment } from './environment.ts'

/** What a load of these files and folders needs of this host. */
export function loadOptions(paths: readonly string[]): LoadOptions {
  return { paths, env: { ...environment() }, cores: availableParallelism() }
}
