/** Scheme, authority and the rest, untouched: `URL` would resolve dots and move slashes, which is what is to be explained. */
const absoluteUrl = /^(https?):\/\/([^/?#]*)([^#]*)/i

/** The scheme and authority of a query's URL; both `""` when it has none. */
export function urlParts(url: string): {
  readonly scheme: string
  readonly authority: string
  readonly target: string
} {
  const [, scheme = '', authority = '', rest = ''] = absoluteUrl.exec(url) ?? []
  const target = rest === '' || rest.startsWith('?') ? `/${rest}` : rest
  return { scheme: scheme.toLowerCase(), authority, target }
}
