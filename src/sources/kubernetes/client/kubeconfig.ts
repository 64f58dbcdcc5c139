import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { quoted } from '../../../std/quoted.ts'

/** Where credentials for the API server come from. */
export type CredentialsPlace =
  | { readonly kind: 'kubeconfig'; readonly files: readonly string[] }
  | { readonly kind: 'service account'; readonly folder: string; readonly server: string }

export interface CredentialsSearch {
  /** The setting `kubeconfig`. */
  readonly kubeconfig: string | undefined
  /** Read are `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`, `KUBECONFIG` and `HOME`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where a pod has its token and the authority of the API server. */
  readonly serviceAccount: string
}

/** Credentials that cannot be found or read; the message says what to do. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError'
}

/**
 * Where credentials are: the file that is named, else the service account of the pod, else `$KUBECONFIG` (a list as `PATH` is
 * one), else `~/.kube/config`.
 *
 * @throws {CredentialsError} when they are nowhere.
 */
export function findCredentials({ kubeconfig, env, serviceAccount }: CredentialsSearch): CredentialsPlace {
  if (kubeconfig !== undefined) return { kind: 'kubeconfig', files: [resolve(kubeconfig)] }
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  if (host !== '' && existsSync(join(serviceAccount, 'token'))) {
    const port = env['KUBERNETES_SERVICE_PORT'] ?? '443'
    const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
    return { kind: 'service account', folder: serviceAccount, server }
  }
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  if (listed.length > 0) return { kind: 'kubeconfig', files: listed.map((file) => resolve(file)) }
  const usual = join(env['HOME'] ?? '/', '.kube', 'config')
  if (existsSync(usual)) return { kind: 'kubeconfig', files: [usual] }
  throw new CredentialsError(
    `there is no kubeconfig: this is no pod with a service account, KUBECONFIG is not set, and ${quoted(usual)} does not exist; name the file in the setting "kubeconfig" or in KUBECONFIG`,
  )
}

/** What a file names, as the API of `KubeConfig` takes it: the parts of a kubeconfig. */
export interface Kubeconfig {
  readonly clusters: readonly unknown[]
  readonly users: readonly unknown[]
  readonly contexts: readonly unknown[]
  readonly 'current-context': string
}

/**
 * Reads a kubeconfig, or several as one: of entries with the same name the first counts, as kubectl has it. Paths are made
 * absolute, and `tokenFile`, which client-node does not know, becomes what it knows.
 *
 * @throws {CredentialsError} for a file that cannot be read. Its text never gets into the message: it holds secrets.
 */
export function readKubeconfigs(files: readonly string[]): Kubeconfig {
  // Of several files some may be missing, as kubectl has it.
  const present = files.length === 1 ? files : files.filter((file) => existsSync(file))
  const read = (present.length === 0 ? files : present).map(readOne)
  return {
    clusters: firstByName(read.flatMap(({ clusters }) => clusters)),
    users: firstByName(read.flatMap(({ users }) => users)),
    contexts: firstByName(read.flatMap(({ contexts }) => contexts)),
    'current-context': read.map((one) => one['current-context']).find((name) => name !== '') ?? '',
  }
}

type Fields = Record<string, unknown>

function readOne(file: string): Kubeconfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new CredentialsError(
      `kubeconfig ${quoted(file, 200)} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}; check the path and its permissions`,
    )
  }
  const document = parseDocument(text, { prettyErrors: true, logLevel: 'silent' })
  const fault = document.errors[0]
  const parsed: unknown = fault === undefined ? document.toJS() : undefined
  if (!isFields(parsed)) {
    const line = fault?.linePos?.[0].line
    throw new CredentialsError(
      `kubeconfig ${quoted(file, 200)} is not YAML with "clusters", "users" and "contexts"${line === undefined ? '' : `: line ${line} cannot be read`}; write it again`,
    )
  }
  const folder = dirname(file)
  const current = parsed['current-context']
  return {
    clusters: entries(parsed, 'clusters').map((one) => absolute(one, 'cluster', folder)),
    users: entries(parsed, 'users').map((one) => withTokenFile(absolute(one, 'user', folder))),
    contexts: entries(parsed, 'contexts'),
    'current-context': typeof current === 'string' ? current : '',
  }
}

const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']

function absolute(entry: Fields, part: string, folder: string): Fields {
  const inner = entry[part]
  if (!isFields(inner)) return entry
  const fields = Object.entries(inner).map(([name, value]) => [
    name,
    pathFields.includes(name) && typeof value === 'string' && value !== '' ? resolve(folder, value) : value,
  ])
  return { ...entry, [part]: Object.fromEntries(fields) as Fields }
}

/** A token in the entry itself goes before the file, as kubectl has it. */
function withTokenFile(entry: Fields): Fields {
  const user = entry['user']
  if (!isFields(user) || typeof user['tokenFile'] !== 'string' || typeof user['token'] === 'string')
    return entry
  const provider = { name: 'tokenFile', config: { tokenFile: user['tokenFile'] } }
  return { ...entry, user: { ...user, 'auth-provider': provider } }
}

function firstByName(list: readonly unknown[]): readonly unknown[] {
  const byName = new Map<unknown, unknown>()
  for (const entry of list) {
    const name = isFields(entry) ? entry['name'] : undefined
    if (!byName.has(name)) byName.set(name, entry)
  }
  return [...byName.values()]
}

function entries(parsed: Fields, name: string): readonly Fields[] {
  const list = parsed[name]
  return Array.isArray(list) ? list.filter(isFields) : []
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
