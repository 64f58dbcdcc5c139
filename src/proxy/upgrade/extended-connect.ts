import { fieldValue, withoutField } from '../../http/field-block.ts'

/** What an HTTP/2 request has in place of an upgrade. */
export interface ExtendedConnect {
  /** For `:protocol`. */
  readonly protocol: string
  readonly fields: string
}

/** Makes of the fields of a request that asks for a tunnel those of an extended CONNECT. RFC 8441 §4, §5. */
export function extendedConnect(fields: string): ExtendedConnect {
  return {
    protocol: fieldValue(fields, 'upgrade') ?? '',
    fields: withoutField(withoutField(fields, 'upgrade'), 'sec-websocket-key'),
  }
}
