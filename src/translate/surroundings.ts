import type { SecretSources } from '../model/secret.ts'
import type { MaterialSource } from './material-source.ts'
import type { ItemMemory } from './read/item-memory.ts'

/** A file of configuration as it was read. */
export interface SourceFile {
  /** As the operator gave it; stands in messages. */
  readonly path: string
  readonly text: string
}

/** What translation needs and must not fetch itself. */
export interface Surroundings extends SecretSources {
  /** Files that belong to the configuration and could not be read: any name may be in them. 0 without it. */
  readonly unread?: number
  /** Processors of this host, for `workers: auto`; 1 without it. */
  readonly cores?: number
  /** Ranks of the routes of the model before, by id. */
  readonly ranks?: ReadonlyMap<string, number>
  /** What earlier translations remember: the same result, sooner. */
  readonly memory?: ItemMemory
  /** Reads certificates, keys and their like; without it, configuration that names such files is refused. */
  readonly materials?: MaterialSource
}
