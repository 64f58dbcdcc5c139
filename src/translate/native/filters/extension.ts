import type { Extension } from '../../../model/filters/extension.ts'
import type { NativeFilter } from '../../schema/filter.ts'
import type { FilterFiles } from '../filter-files.ts'

type Written = Pick<NativeFilter, 'options' | 'isolation' | 'memory' | 'watchdog' | 'env'>

/** An extension as the model has it; what may stand beside it has defaults, which the reader fills in. */
export function extensionSpec(written: Written, name: string, files: FilterFiles): Extension {
  const { options = {}, isolation = 'worker', memory = 0, watchdog = 0, env = [] } = written
  const { file, digest } = files.extension(name) ?? { file: '', digest: '' }
  return { name, file, digest, options, isolation, memory, watchdog, env }
}
