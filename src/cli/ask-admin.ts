import { request } from 'node:http'
import type { ExplainQuery } from '../admin/admin-deps.ts'
import { environment } from '../app/environment.ts'
import type { Explanation } from '../app/explain.ts'
import type { Terminal } from './command.ts'

/** The variable that holds the token of an admin address that wants one. */
const tokenVariable = 'TIDEGATE_ADMIN_TOKEN'

/** Asks a running gateway; says what went wrong and gives `undefined` when it does not explain. */
export async function askAdmin(
  admin: string,
  query: ExplainQuery,
  terminal: Terminal,
): Promise<Explanation | undefined> {
  try {
    const { status, text } = await post(admin, query)
    if (status === 200) return JSON.parse(text) as Explanation
    const hint = status === 401 ? `; set ${tokenVariable}` : ''
    terminal.err(`tidegate: ${admin} answered ${status}: ${detailOf(text)}${hint}\n`)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    terminal.err(
      `tidegate: ${admin} cannot be asked: ${message}; is it the admin address of a running gateway\n`,
    )
  }
  return undefined
}

function post(admin: string, query: ExplainQuery): Promise<{ status: number; text: string }> {
  const { method, url, from, listener } = query
  const body = JSON.stringify({ method, url, headers: headersOf(query), from, listener })
  const token = environment()[tokenVariable]
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return new Promise((resolve, reject) => {
    const asked = request(target(admin), { method: 'POST', headers, timeout: 10_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in 10 s')))
    asked.on('error', reject)
    asked.end(body)
  })
}

/** `http://127.0.0.1:9901`, or `127.0.0.1:9901` as it stands in the configuration. */
function target(admin: string): URL {
  return new URL('/api/explain', admin.includes('://') ? admin : `http://${admin}`)
}

/** Values by name; repeated headers keep all their values. */
function headersOf({ headers }: ExplainQuery): Record<string, string[]> {
  const byName: Record<string, string[]> = {}
  for (const [name, value] of headers) byName[name] = [...(byName[name] ?? []), value]
  return byName
}

function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    return typeof detail === 'string' ? detail : text.slice(0, 200)
  } catch {
    return text.slice(0, 200)
  }
}
