import { type LoadedModel, load } from '../control/load.ts'
import { dateFaults } from '../model/certificate-dates.ts'
import { systemClock } from '../std/clock.ts'
import { loadOptions } from './load-options.ts'

/** Reads and translates files here and now: for commands, which have no traffic to hold up. */
export function loadOnce(paths: readonly string[]): LoadedModel {
  const loaded = load(loadOptions(paths), undefined, undefined)
  if (loaded.model === undefined) return loaded
  const faults = dateFaults(loaded.model, systemClock.wall())
  return { ...loaded, problems: [...loaded.problems, ...faults.map(({ problem }) => problem)] }
}
