import type { TSchema } from 'typebox'
import { formats } from '../format/formats.ts'
import { type Keywords, keywordsOf } from '../read/keywords.ts'
import { configSchema } from '../schema/config.ts'

const head = `# Configuration

Every key of a configuration file, for whoever writes one. \`tidegate check FILE\` finds every mistake in it.

<!-- Generated from src/translate/schema by "npm run generate". -->

A configuration is one file, several files, or a folder (its \`.yaml\`, \`.yml\` and \`.json\` files by name); lists are joined in that order,
a cluster may stand once, and so may each of \`workers\`, \`admin\`, \`drain\`, \`log\` and \`accessLog\`. Unknown keys are mistakes.
Any mistake refuses the whole: nothing is left out silently, and the last good configuration stays in force.

- **time**: a whole number and a unit, \`250ms\`, \`5s\`, \`1m30s\`, \`1h\`; at most 24 days. Never \`0s\`.
- **size**: a whole number and a unit, \`512B\`, \`16KiB\`, \`1MiB\`, \`2GiB\`. Never \`0B\`.
- \`none\` switches a limit off, where the type allows it.
- Editors complete and check with a first line \`# yaml-language-server: $schema=…/config/schema.json\`.
- Environment variables and files are read for secrets only: \`\${NAME}\`, \`file:/path\`.
`

/** The reference page of the configuration, in Markdown: a section for each map, in the order in which they are first named. */
export function configurationPage(): string {
  const sections = new Map<string, string>()
  addSection('the configuration', configSchema, sections)
  return `${head}\n${[...sections.values()].join('\n')}`
}

/** Adds the section of a map, and those of the maps in it; one title stands for one map. */
function addSection(title: string, schema: TSchema, sections: Map<string, string>): void {
  if (sections.has(title)) return
  sections.set(title, '')
  const { properties = {}, description = '', required = [], maxProperties, beside } = keywordsOf(schema)
  const rows = Object.entries(properties).map(([key, property]) =>
    row(key, property, required.includes(key) && maxProperties !== 1),
  )
  const choice = maxProperties === 1 ? choiceText(beside) : ''
  const table = ['| key | type | default | unit | what it says |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  )
  sections.set(title, `## ${heading(title)}\n\n${description}\n${choice}\n${table}\n`)
  for (const property of Object.values(properties)) {
    for (const inner of mapsIn(property)) addSection(keywordsOf(inner).title ?? '', inner, sections)
  }
}

function choiceText(beside: Keywords['beside']): string {
  if (beside === undefined) return '\nExactly one of:\n'
  const parts = beside.parts.map((part) => `\`${part}\``).join(', ')
  return `\nExactly one of these; beside \`${beside.key}\` also ${parts}:\n`
}

function row(key: string, schema: TSchema, isRequired: boolean): string {
  const keywords = keywordsOf(schema)
  const isDefault = 'default' in keywords
  const fallback = isDefault ? code(keywords.default) : isRequired ? 'required' : ''
  const { description = '' } = keywords
  return `| \`${key}\` | ${typeOf(schema)} | ${fallback} | ${unitOf(keywords)} | ${cell(description)} |`
}

/** What a value is, in words, with links to the sections of maps. */
export function typeOf(schema: TSchema): string {
  const {
    anyOf,
    enum: words,
    items,
    properties,
    additionalProperties,
    title = '',
    keys,
    isFree,
  } = keywordsOf(schema)
  if (isFree === true) return 'map of anything'
  if (anyOf !== undefined) return anyOf.map(typeOf).join(', or ')
  if (words !== undefined) return words.map(code).join(', ')
  if (items !== undefined) return `list: ${typeOf(items)}`
  if (properties !== undefined) return `[${withoutArticle(title)}](#${anchor(title)})`
  if (additionalProperties !== undefined && additionalProperties !== false) {
    const name = keys === undefined ? 'name' : withoutArticle(formats[keys].noun)
    return `map from ${name} to ${typeOf(additionalProperties)}`
  }
  return scalarType(keywordsOf(schema))
}

function scalarType({ format, type, minimum, maximum, words = {} }: Keywords): string {
  const number = `${type === 'integer' ? 'whole number' : 'number'}, ${minimum} to ${maximum}`
  const main =
    format === undefined ? number : format === 'duration' ? 'time' : withoutArticle(formats[format].noun)
  return [main, ...Object.keys(words).filter(Boolean).map(code)].join(', or ')
}

function unitOf({ format, unit = '' }: Keywords): string {
  if (unit !== '') return unit
  if (format === 'duration') return 'ms, s, m, h'
  return format === 'size' ? 'bytes' : ''
}

/** The maps with keys of their own that a value may hold. */
function mapsIn(schema: TSchema): readonly TSchema[] {
  const { anyOf, items, properties, additionalProperties } = keywordsOf(schema)
  if (properties !== undefined) return [schema]
  if (anyOf !== undefined) return anyOf.flatMap(mapsIn)
  if (items !== undefined) return mapsIn(items)
  return additionalProperties === undefined || additionalProperties === false
    ? []
    : mapsIn(additionalProperties)
}

function withoutArticle(title: string): string {
  return title.replace(/^(?:a|an|the) /, '')
}

function heading(title: string): string {
  const bare = withoutArticle(title)
  return bare.charAt(0).toUpperCase() + bare.slice(1)
}

/** As Markdown renderers make it of a heading. */
function anchor(title: string): string {
  return withoutArticle(title)
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}

/** A value as it is written in a file. */
export function code(value: unknown): string {
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
  return `\`${cell(text)}\``
}

/** Text in a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
