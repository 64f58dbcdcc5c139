import type { TSchema } from 'typebox'
import { formats } from '../format/formats.ts'
import { type Keywords, keywordsOf } from '../read/keywords.ts'
import { configSchema } from '../schema/config.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * The JSON Schema of a configuration file, for editors (draft 7, which the YAML language server reads best). It knows keys, words,
 * ranges and what text looks like; what depends on other values only `tidegate check` finds.
 */
export function jsonSchema(): Json {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Tidegate configuration',
    ...convert(configSchema),
  }
}

function convert(schema: TSchema): Json {
  const keywords = keywordsOf(schema)
  const { description, default: defaultValue, examples } = keywords
  const facts = {
    ...(description === undefined ? {} : { description }),
    ...('default' in keywords ? { default: defaultValue } : {}),
    ...(examples === undefined ? {} : { examples }),
  }
  return { ...facts, ...shape(keywords) }
}

function shape(keywords: Keywords): Json {
  const { anyOf, enum: words, items, minItems = 0, properties, additionalProperties, isFree } = keywords
  if (isFree === true) return { type: 'object' }
  if (anyOf !== undefined) return { anyOf: anyOf.map(convert) }
  if (words !== undefined) return { enum: words }
  if (items !== undefined)
    return { type: 'array', items: convert(items), ...(minItems > 0 ? { minItems } : {}) }
  if (properties !== undefined) return objectShape(keywords, properties)
  if (additionalProperties !== undefined && additionalProperties !== false) {
    const pattern = keywords.keys === undefined ? undefined : formats[keywords.keys].pattern
    const names = pattern === undefined ? {} : { propertyNames: { pattern } }
    return { type: 'object', ...names, additionalProperties: convert(additionalProperties) }
  }
  return scalarShape(keywords)
}

/** A key with a default is not required. */
function objectShape(
  { required = [], maxProperties, beside }: Keywords,
  properties: Readonly<Record<string, TSchema>>,
): Json {
  const needed = required.filter((key) => !('default' in (properties[key] ?? {})))
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, convert(schema)])),
    additionalProperties: false,
    ...(needed.length > 0 ? { required: needed } : {}),
    ...(maxProperties === undefined ? {} : choiceShape(maxProperties, beside)),
  }
}

function choiceShape(maxProperties: number, beside: Keywords['beside']): Json {
  if (beside === undefined) return { minProperties: 1, maxProperties }
  const { key, parts } = beside
  return {
    minProperties: 1,
    if: { required: [key] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { maxProperties: maxProperties + parts.length }, // oxlint-disable-line unicorn/no-thenable
    else: { maxProperties },
  }
}

function scalarShape({ type, format, minimum, maximum, words }: Keywords): Json {
  const pattern = format === undefined ? undefined : formats[format].pattern
  const main = {
    type,
    ...(pattern === undefined ? {} : { pattern }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  }
  return words === undefined ? main : { anyOf: [{ enum: Object.keys(words) }, main] }
}
