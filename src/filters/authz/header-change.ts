import { appendField, hasField, withField, withoutField } from '../../http/field-block.ts'

/** What a server wants done with one header line: `HeaderValueOption` of Envoy. */
export interface HeaderChange {
  /** Lower case. */
  readonly name: string
  /** latin1 text of the bytes. */
  readonly value: string
  /**
   * `set`, when nothing else is said: the lines that were there before all changes go, and those of several changes stay beside each
   * other. `replace` drops those of other changes too. `absent` and `existing` do something only if there is no such line, or is one.
   */
  readonly how: 'set' | 'append' | 'replace' | 'absent' | 'existing'
}

export const noChanges: readonly HeaderChange[] = []

/** A field block with changes made, in their order. */
export function changedFields(block: string, changes: readonly HeaderChange[]): string {
  let fields = block
  const set = new Set<string>()
  for (const { name, value, how } of changes) {
    switch (how) {
      case 'set':
        if (!set.has(name)) fields = withoutField(fields, name)
        set.add(name)
        fields = appendField(fields, name, value)
        break
      case 'append':
        fields = appendField(fields, name, value)
        break
      case 'replace':
        fields = withField(fields, name, value)
        break
      case 'absent':
        if (!hasField(fields, name)) fields = appendField(fields, name, value)
        break
      case 'existing':
        if (hasField(fields, name)) fields = withField(fields, name, value)
        break
    }
  }
  return fields
}
