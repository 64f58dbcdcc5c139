/** The variables this process was started with: asked for here alone, so that everything else takes them as a parameter. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
