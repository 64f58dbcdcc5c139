import type { ExplainQuery } from '../admin/admin-deps.ts'
import type { Explanation } from '../app/explain.ts'
import { urlParts } from '../app/explain-url.ts'
import { plainAddress } from '../http/forwarded.ts'
import { printProblem } from '../model/problem.ts'
import { askAdmin } from './ask-admin.ts'
import { checkClusterOptions, clusterOptions, clusterTarget, withCluster } from './cluster-options.ts'
import { type Arguments, type Command, exitCodes, type Terminal, UsageError, valueOf } from './command.ts'
import { explanationText } from './explain-text.ts'

export const explainCommand: Command = {
  name: 'explain',
  summary: 'say where a request would go, and why, without making it',
  usage: 'explain METHOD URL (--config FILE|DIR | --admin URL | --kubernetes) [options]',
  options: {
    config: { short: 'c', value: 'FILE', text: 'explain against this file or folder', choices: [] },
    admin: {
      short: undefined,
      value: 'URL',
      text: 'explain against the gateway with this admin address',
      choices: [],
    },
    kubernetes: {
      short: undefined,
      value: undefined,
      text: 'explain against the Ingresses of a cluster; --config adds its settings',
      choices: [],
    },
    ...clusterOptions,
    header: {
      short: 'H',
      value: "'NAME: VALUE'",
      text: 'a header of the request; may be repeated',
      choices: [],
    },
    from: {
      short: undefined,
      value: 'IP',
      text: 'the address the request comes from (127.0.0.1)',
      choices: [],
    },
    listener: {
      short: undefined,
      value: 'NAME',
      text: 'the listener that takes it (by the port)',
      choices: [],
    },
    json: { short: undefined, value: undefined, text: 'print JSON', choices: [] },
  },
  examples: [
    {
      line: 'tidegate explain GET http://shop.test/api/x --config gateway.yaml',
      shows:
        'host, routes and why they did not match, filters, split, endpoints; exit code 3 when no route takes it',
    },
    {
      line: "tidegate explain POST http://shop.test/api -H 'x-user: blue' --from 203.0.113.7 --config gateway.yaml",
      shows: 'the same with a header and a client address',
    },
    {
      line: 'tidegate explain GET http://shop.test/ --admin http://127.0.0.1:9901',
      shows: 'what the running gateway would do, with the health of its endpoints now',
    },
    {
      line: 'tidegate explain GET https://shop.example.com/ --kubernetes --context production',
      shows: 'what Ingresses of a cluster make of it, read with a kubeconfig; no gateway has to run',
    },
  ],
  async run(args, terminal) {
    const query = readQuery(args)
    const explanation = await explanationOf(query, args, terminal)
    if (explanation === undefined) return exitCodes.failed
    const isJson = args.values.has('json')
    terminal.out(isJson ? `${JSON.stringify(explanation, undefined, 2)}\n` : explanationText(explanation))
    return explanation.routed ? exitCodes.ok : exitCodes.notRouted
  },
}

/** @throws {UsageError} for what cannot be a request. */
function readQuery(args: Arguments): ExplainQuery {
  const [method, url, ...rest] = args.positionals
  if (method === undefined || url === undefined || rest.length > 0) {
    throw new UsageError('explain needs a method and a URL', 'write tidegate explain GET http://host/path')
  }
  if (urlParts(url).authority === '') {
    throw new UsageError(`"${url}" is not an absolute http or https URL`, 'write http://host/path')
  }
  const from = valueOf(args, 'from')
  if (from !== undefined && plainAddress(from) === undefined) {
    throw new UsageError(
      `--from "${from}" is not an IP address`,
      'write one such as 203.0.113.7 or 2001:db8::1',
    )
  }
  const headers = (args.values.get('header') ?? []).map(readHeader)
  return { method, url, headers, from, listener: valueOf(args, 'listener') }
}

function readHeader(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new UsageError(`"${line}" is not a header`, "write -H 'name: value'")
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
}

async function explanationOf(
  query: ExplainQuery,
  args: Arguments,
  terminal: Terminal,
): Promise<Explanation | undefined> {
  const config = valueOf(args, 'config')
  const admin = valueOf(args, 'admin')
  const isCluster = args.values.has('kubernetes')
  checkClusterOptions(args, isCluster)
  if (isCluster && admin === undefined) return explainCluster(query, args, terminal)
  if ((config === undefined) === (admin === undefined)) {
    throw new UsageError(
      'explain needs something to explain against',
      'give one of --config FILE, --admin URL and --kubernetes',
    )
  }
  if (admin !== undefined) return askAdmin(admin, query, terminal)
  const { explainFile } = await import('../app/explain-file.ts')
  const { explanation, problems } = explainFile(query, config ?? '')
  for (const problem of problems) terminal.err(`${printProblem(problem)}\n`)
  return explanation
}

async function explainCluster(
  query: ExplainQuery,
  args: Arguments,
  terminal: Terminal,
): Promise<Explanation | undefined> {
  const { explainKubernetes } = await import('../app/explain-kubernetes.ts')
  const result = await withCluster(terminal, () => explainKubernetes(query, clusterTarget(args)))
  if (result === undefined) return undefined
  const { explanation, problems, others, unread } = result
  for (const sentence of unread) terminal.err(`${sentence}\n`)
  for (const problem of problems) terminal.err(`${printProblem(problem)}\n`)
  if (others > 0)
    terminal.err(`and ${others} problems of other objects: tidegate check --kubernetes shows them\n`)
  return explanation
}
