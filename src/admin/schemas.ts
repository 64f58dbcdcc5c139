import { type Static, Type } from 'typebox'

const text = (description: string) => Type.String({ description })
const list = (items: ReturnType<typeof Type.String>, description: string) =>
  Type.Array(items, { description })

const method = Type.String({
  minLength: 1,
  maxLength: 32,
  pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
  description: 'GET, POST, …',
})
const url = Type.String({ minLength: 1, maxLength: 16_384, description: 'An absolute http or https URL.' })
const from = Type.String({ maxLength: 64, description: 'The address the request would come from.' })
const listener = Type.String({ maxLength: 256, description: 'Id of the listener that would take it.' })
const headerLine = Type.String({ maxLength: 16_384, description: 'A header as "name: value".' })

export const healthSchema = Type.Object({ status: Type.Literal('ok') })

export const readinessSchema = Type.Object({
  ready: Type.Boolean(),
  reasons: list(Type.String(), 'What is missing; empty when ready.'),
})

export const versionSchema = Type.Object({
  version: text('Of Tidegate.'),
  node: text('Of the Node it runs on.'),
  platform: text('Operating system and processor.'),
  warning: Type.Union([Type.String(), Type.Null()], { description: 'What is wrong with this Node.' }),
})

const originSchema = Type.Object({
  source: text('Where it was written.'),
  file: Type.String(),
  line: Type.Integer({ description: 'Counted from 1; 0 when it has no line.' }),
  column: Type.Integer(),
  field: text('The path inside the document.'),
})

export const problemsSchema = Type.Object({
  problems: Type.Array(
    Type.Object({
      severity: Type.Union([Type.Literal('error'), Type.Literal('warning')]),
      origin: originSchema,
      message: text('What is wrong.'),
      remedy: text('What to write instead.'),
    }),
  ),
})

const part = Type.Object({ id: Type.String(), hash: Type.String() }, { additionalProperties: true })

export const modelSchema = Type.Object({
  hash: text('Of all parts.'),
  settings: Type.Object({}, { additionalProperties: true }),
  listeners: Type.Array(part),
  routes: Type.Array(part, { description: 'By rank. Values of headers named like secrets are not shown.' }),
  clusters: Type.Array(part),
})

export const clustersSchema = Type.Object({
  workers: Type.Array(
    Type.Object({
      worker: Type.Integer({ description: 'Counted from 0.' }),
      clusters: Type.Array(Type.Object({ id: Type.String() }, { additionalProperties: true })),
    }),
  ),
})

export const workersSchema = Type.Object({
  workers: Type.Array(
    Type.Object({
      worker: Type.Integer({ description: 'Its place, counted from 0.' }),
      pid: Type.Integer(),
      state: Type.Enum(['starting', 'ready', 'draining', 'gone']),
    }),
  ),
})

export const sourcesSchema = Type.Object({
  sources: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.Enum(['starting', 'current', 'stale'], {
        description: '`stale`: what it knew last still holds, and it cannot hear now.',
      }),
      objects: Type.Integer(),
      heardAt: Type.Union([Type.String(), Type.Null()], {
        description: 'When it heard anything last, a sign of life included.',
      }),
      errors: Type.Integer({ description: 'Failures since the start.' }),
      relists: Type.Integer({ description: 'How often everything was read again.' }),
      lastError: Type.String({ description: 'What went wrong last, until it goes well again.' }),
    }),
  ),
  isLeader: Type.Union([Type.Boolean(), Type.Null()], {
    description: 'Whether this process writes status and events; null where nobody does.',
  }),
})

/** Its form is that of `tidegate explain --json`. */
export const explanationSchema = Type.Object({}, { additionalProperties: true })

export const explainQuerySchema = Type.Object(
  {
    method: Type.Optional(method),
    url,
    header: Type.Optional(
      Type.Union([headerLine, Type.Array(headerLine, { maxItems: 100 })], {
        description: 'A header as "name: value"; may be repeated.',
      }),
    ),
    from: Type.Optional(from),
    listener: Type.Optional(listener),
  },
  { additionalProperties: false },
)
export type ExplainQueryString = Static<typeof explainQuerySchema>

export const explainBodySchema = Type.Object(
  {
    method: Type.Optional(method),
    url,
    headers: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]), {
        description: 'Values by name; a list for several lines.',
      }),
    ),
    from: Type.Optional(from),
    listener: Type.Optional(listener),
  },
  { additionalProperties: false },
)
export type ExplainBody = Static<typeof explainBodySchema>

export const problemDetailsSchema = Type.Object({
  type: Type.Literal('about:blank'),
  title: Type.String(),
  status: Type.Integer(),
  detail: text('What is wrong and what to do.'),
})
