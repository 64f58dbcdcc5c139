import { compileRegex, regexProblem } from '../../std/regex.ts'
import { nginxPattern } from './ingress-path.ts'
import type { PathRead } from './read-ingress.ts'

/** Whether a path takes requests for `/`. */
export function takesRoot({ match, isRoot, text }: PathRead, isRegex: boolean): boolean {
  if (!isRegex) return isRoot || ('kind' in match && match.kind === 'exact' && match.value === '/')
  if (text === '/') return true
  // Most expressions begin with a name, and need not be compiled.
  if (/^\/[\w-]{2}/.test(text) && !text.includes('|')) return false
  const pattern = nginxPattern(text)
  return regexProblem(pattern) === undefined && compileRegex(pattern).matches('/')
}
