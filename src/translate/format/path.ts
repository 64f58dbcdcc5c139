import { normalisePath } from '../../http/path.ts'
import { quoted } from '../../std/quoted.ts'
import { Flaw, type Format } from './flaw.ts'

/** A path compared whole with the normalised path of a request. */
export const exactPath: Format<string> = {
  noun: 'a path',
  example: 'a path such as "/api"',
  pattern: '^/[^?#\\s]*$',
  read(text) {
    return readPath(text, text)
  },
}

/** A path compared by text, as a beginning; need not end where a segment ends. */
export const prefixPath: Format<string> = { ...exactPath, read: (text) => readPath(text, text) }

/** A path compared by segments: a final slash says nothing and is dropped. */
export const segmentsPath: Format<string> = {
  ...exactPath,
  read(text) {
    const path = readPath(text, text)
    if (path instanceof Flaw || path === '/') return path
    return path.endsWith('/') ? path.slice(0, -1) : path
  },
}

/** A path that goes upstream or into `location`. */
export const pathText: Format<string> = { ...exactPath, read: (text) => readPath(text, text) }

/** A path of the gateway's own requests or of a cookie. */
export const plainPath: Format<string> = {
  noun: 'a path',
  example: 'a path such as "/healthz"',
  pattern: '^/[\\x21-\\x3a\\x3c-\\x7e]*$',
  read(text) {
    return /^\/[\x21-\x3a\x3c-\x7e]*$/.test(text) ? text : new Flaw('is not a path', `write ${this.example}`)
  },
}

function readPath(text: string, shown: string): string | Flaw {
  if (!text.startsWith('/')) return new Flaw('does not start with "/"', `write ${quoted(`/${shown}`)}`)
  if (/[?#]/.test(text))
    return new Flaw('holds more than a path', 'write the path alone; parameters go to "query"')
  const normal = normalisePath(text, 'keep')
  if (normal === undefined)
    return new Flaw('holds characters no request path has', 'percent-encode them as UTF-8, such as "%C3%A9"')
  if (normal !== text) {
    return new Flaw(
      'never matches: request paths are normalised before they are compared',
      `write ${quoted(normal)}`,
    )
  }
  return text
}
