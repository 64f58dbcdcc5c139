import type { Cors } from '../../../model/filters/cors.ts'
import type { NativeFilter } from '../../schema/filter.ts'

/** A CORS policy as the model has it. */
export function corsSpec({ origins, maxAge, ...rest }: NonNullable<NativeFilter['cors']>): Cors {
  return { ...rest, httpOrigins: origins, maxAge }
}
