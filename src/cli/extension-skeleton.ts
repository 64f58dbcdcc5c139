/** What `tidegate extension new` writes. */
export interface Skeleton {
  /** File name and content. */
  readonly files: readonly (readonly [name: string, text: string])[]
  /** What to run before the test, where it needs something. */
  readonly install: string | undefined
}

/** As the module that is written exports; a test of ours keeps it out of our own. */
const exported = 'export default'

/** A Fastify plugin with a test. @param name letters, digits and dashes: the name of its file. */
export function fastifySkeleton(name: string): Skeleton {
  const header = `x-${name}`
  return {
    install: 'npm install --save-dev fastify fastify-plugin',
    files: [
      [
        `${name}.ts`,
        `import type { FastifyPluginAsync } from 'fastify'
import plugin from 'fastify-plugin'

interface Options {
  /** What responses say in ${header}. */
  readonly greeting?: string
}

/** A Fastify plugin: its hooks see every request of the routes that name it, and its routes answer in the place of the cluster. */
const ${camel(name)}: FastifyPluginAsync<Options> = async (app, { greeting = 'hello' }) => {
  // Answers, and the cluster never sees the request; without an answer it goes on.
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-blocked'] !== undefined) return reply.code(403).send({ error: 'blocked' })
  })

  // Changes every response, whoever gave it.
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.header('${header}', greeting)
    return payload
  })
}

// With plugin() the hooks hold for the route of the test too; in Tidegate they hold for all requests anyway.
${exported} plugin(${camel(name)})
`,
      ],
      [
        `${name}.test.ts`,
        `import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastify from 'fastify'
import ${camel(name)} from './${name}.ts'

/** An app with the extension, and a route in the place of the cluster. */
async function start(options = {}) {
  const app = fastify()
  await app.register(${camel(name)}, options)
  app.all('/*', () => 'from the cluster')
  return app
}

test('lets requests through, and marks the response', async () => {
  const app = await start({ greeting: 'ahoy' })

  const response = await app.inject('/')

  assert.equal(response.body, 'from the cluster')
  assert.equal(response.headers['${header}'], 'ahoy')
})

test('refuses requests that say x-blocked', async () => {
  const app = await start()

  const response = await app.inject({ url: '/', headers: { 'x-blocked': 'yes' } })

  assert.equal(response.statusCode, 403)
})
`,
      ],
    ],
  }
}

/** An object with `fetch` and a test. */
export function fetchSkeleton(name: string): Skeleton {
  return {
    install: undefined,
    files: [
      [
        `${name}.ts`,
        `import type { ExtensionContext } from 'tidegate/extension'

/** What stands under \`options\` in the configuration. */
interface Options {
  /** Paths that begin so are refused. */
  readonly blocked?: string
}

type Context = Pick<ExtensionContext<Options>, 'options'>

${exported} {
  /** Gets every request of the routes that name it: a Response answers, a Request goes on in its place, nothing lets it go on as it is. */
  fetch(request: Request, { options }: Context): Response | Request | undefined {
    const { blocked = '/blocked' } = options
    if (new URL(request.url).pathname.startsWith(blocked)) return Response.json({ error: 'blocked' }, { status: 403 })
    const changed = new Request(request)
    changed.headers.set('x-${name}', 'hello')
    return changed
  },
}
`,
      ],
      [
        `${name}.test.ts`,
        `import assert from 'node:assert/strict'
import { test } from 'node:test'
import ${camel(name)} from './${name}.ts'

test('lets requests go on with a header more', () => {
  const result = ${camel(name)}.fetch(new Request('http://shop.test/'), { options: {} })

  assert.ok(result instanceof Request)
  assert.equal(result.headers.get('x-${name}'), 'hello')
})

test('refuses what is blocked', () => {
  const result = ${camel(name)}.fetch(new Request('http://shop.test/admin/x'), { options: { blocked: '/admin' } })

  assert.ok(result instanceof Response)
  assert.equal(result.status, 403)
})
`,
      ],
    ],
  }
}

/** `my-extension` as a name in code. */
function camel(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
