import { type ParsedNode, Scalar } from 'yaml'
import type { SecretSources } from '../../model/secret.ts'
import { printedSecret } from '../../model/secret.ts'
import { isSecretName } from '../../model/secret-names.ts'
import { closest } from '../../std/closest.ts'
import { quoted } from '../../std/quoted.ts'
import { Flaw, type Format } from '../format/flaw.ts'
import { formats } from '../format/formats.ts'
import { isContent } from '../format/tls.ts'
import type { Cursor } from './cursor.ts'
import { expectation, type Keywords, listing } from './keywords.ts'

/** Stands for a value that could not be read; its problem has been reported. */
export const broken: unique symbol = Symbol('broken')

/** Longer text is refused unread; the longest value that a schema takes is a body of 64 KiB. */
const longestText = 131_072

/** Reads text, a number or a word by its schema. */
export function readScalar(schema: Keywords, node: Scalar.Parsed, cursor: Cursor): unknown {
  const read = decode(schema, node, cursor)
  if (!(read instanceof Flaw)) return read
  cursor.refuseValue(node, isSecret(schema, node, cursor) ? printedSecret : showScalar(node), read)
  return broken
}

/** A secret written where its reference belongs, a key where its file does, or the value of a header such as `authorization`. */
function isSecret({ format }: Keywords, node: Scalar.Parsed, cursor: Cursor): boolean {
  if (format === 'materialFile') return isContent(node.source) || isSecretName(cursor.label)
  if (format === 'credentialLine') return true
  if (format === 'redisUrl' || format === 'redisAddress' || format === 'sentinelAddress')
    return node.source.includes('@')
  return isReferenceFormat(format) || (format === 'headerValue' && isSecretName(cursor.label))
}

/** Formats whose text may be a reference to the environment. */
function isReferenceFormat(format: Keywords['format']): boolean {
  return format === 'secret' || format === 'passwordReference' || format === 'redisPassword'
}

function decode(schema: Keywords, node: Scalar.Parsed, cursor: Cursor): unknown {
  const { value } = node
  if (schema.words !== undefined && typeof value === 'string' && Object.hasOwn(schema.words, value))
    return schema.words[value]
  if (schema.enum !== undefined) return decodeWord(schema.enum, value)
  if (schema.format === undefined) return decodeNumber(schema, value)
  const format: Format<unknown> = formats[schema.format]
  if (typeof value !== 'string' && !Array.isArray(schema.type))
    return readNumber(schema, node, format, cursor.secrets)
  const text = typeof value === 'string' ? value : node.source
  if (text.length > longestText)
    return new Flaw(`is ${text.length} characters long`, `write ${expectation(schema)}`)
  if (!isReferenceFormat(schema.format) && isReference.test(text)) {
    return new Flaw('refers to the environment, which only secrets may do', 'write the value itself')
  }
  const read = format.read(text, cursor.secrets)
  return read instanceof Flaw ? withWords(schema, text, read) : read
}

const isReference = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/

/** A flaw's remedy, with the words that could have stood there as well. */
function withWords(schema: Keywords, text: string, flaw: Flaw): Flaw {
  const words = Object.keys(schema.words ?? {}).filter((word) => word !== '')
  if (words.length === 0) return flaw
  const near = closest(text, words)
  if (near !== undefined) return new Flaw(flaw.message, `did you mean "${near}"?`)
  return new Flaw(flaw.message, `${flaw.remedy}, or ${listing(words.map((word) => JSON.stringify(word)))}`)
}

function decodeWord(choices: readonly string[], value: unknown): unknown {
  if (typeof value === 'string' && choices.includes(value)) return value
  const meant = value === true ? 'on' : value === false ? 'off' : closest(String(value), choices)
  const all = listing(choices.map((choice) => JSON.stringify(choice)))
  const remedy =
    meant !== undefined && choices.includes(meant) ? `did you mean "${meant}"? Write ${all}` : `write ${all}`
  return new Flaw(choices.length === 1 ? 'is not known here' : 'is none of the words known here', remedy)
}

function decodeNumber(schema: Keywords, value: unknown): unknown {
  const { type, minimum = 0, maximum = 0 } = schema
  const remedy = `write ${expectation(schema)}`
  if (value === 0 && schema.words !== undefined && Object.hasOwn(schema.words, 'none')) {
    return new Flaw(
      'is read as "no limit" by some gateways and as "nothing at all" by others',
      `write "none" for no limit, or at least ${minimum}`,
    )
  }
  const near = typeof value === 'string' ? closest(value, Object.keys(schema.words ?? {})) : undefined
  if (near !== undefined) return new Flaw('is not known here', `did you mean "${near}"?`)
  if (typeof value !== 'number' || Number.isNaN(value)) return new Flaw('is not a number', remedy)
  if (type === 'integer' && !Number.isInteger(value)) return new Flaw('is not a whole number', remedy)
  if (value < minimum) return new Flaw(`is below ${minimum}`, remedy)
  return value > maximum ? new Flaw(`is above ${maximum}`, remedy) : value
}

/** A number where text is needed: what is wrong with its text, if anything is, says more than that it is a number. */
function readNumber(
  schema: Keywords,
  node: Scalar.Parsed,
  format: Format<unknown>,
  secrets: SecretSources,
): Flaw {
  const { value, source } = node
  const read = typeof value === 'number' ? format.read(source, secrets) : undefined
  if (read instanceof Flaw) return withWords(schema, source, read)
  return new Flaw('is not text', `write it in quotes if it is meant: ${quoted(source)}`)
}

function showScalar(node: Scalar.Parsed): string {
  return typeof node.value === 'string' ? quoted(node.value) : node.source.slice(0, 60)
}

/** Whether a node holds no value: `key:` with nothing behind, or `null`. */
export function isEmptyNode(node: ParsedNode | null | undefined): boolean {
  return node === null || node === undefined || (node instanceof Scalar && node.value === null)
}
