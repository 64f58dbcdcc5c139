/**
 * Compares two versions of objects of one resource: negative when `a` is older. They are decimal numbers of any length since
 * Kubernetes 1.35 promises so; `undefined` when they are not, and nothing can be told.
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (!isVersion.test(a) || !isVersion.test(b)) return undefined
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether `a` is known to be older than `b`. */
export function isOlder(a: string, b: string): boolean {
  return (compareVersions(a, b) ?? 0) < 0
}

const isVersion = /^[1-9]\d*$/
