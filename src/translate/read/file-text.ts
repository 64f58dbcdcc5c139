import type { Origin } from '../../model/origin.ts'
import type { SourceFile } from '../surroundings.ts'

/** A file's text with its lines, so that an offset can be shown as a place. */
export class FileText {
  readonly path: string
  readonly text: string
  /** Offsets where lines start; made at the first question. */
  #lines: number[] | undefined

  constructor(file: SourceFile) {
    this.path = file.path
    this.text = file.text
  }

  /** The place of an offset; `field` is the path of the piece, such as `routes[3].to`. */
  originAt(offset: number, field: string): Origin {
    const lines = (this.#lines ??= lineStarts(this.text))
    let low = 0
    let high = lines.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((lines[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    const column = offset - (lines[low] ?? 0) + 1
    return { source: 'file', file: this.path, line: low + 1, column, field }
  }

  /** The offset of a place. */
  offsetOf({ line, column }: Origin): number {
    const lines = (this.#lines ??= lineStarts(this.text))
    return (lines[line - 1] ?? 0) + column - 1
  }

  /** The line an offset is in, without its indentation, for messages. */
  lineAt(offset: number): string {
    const start = this.text.lastIndexOf('\n', offset - 1) + 1
    const end = this.text.indexOf('\n', start)
    return this.text.slice(start, end < 0 ? undefined : end).trim()
  }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1)
  return starts
}
