import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { printAddress } from '../../src/model/address.ts'
import type { RouteDraft } from '../../src/model/build.ts'
import type { KubernetesSettings } from '../../src/model/kubernetes-settings.ts'
import { printPlace, printProblem } from '../../src/model/problem.ts'
import type { KubernetesPieces } from '../../src/translate/kubernetes/pieces.ts'
import { translated } from '../support/kubernetes/translation.ts'

// Each file holds objects as `kubectl` takes them; a first document of kind `Settings`, which is ours, may change settings.

const folder = join(import.meta.dirname, 'kubernetes')
const isUpdating = process.env['TIDEGATE_UPDATE_GOLDENS'] === '1'
if (isUpdating && process.env['CI'] === 'true') throw new Error('goldens are not updated by CI')

function translate(name: string): { pieces: string; problems: string } {
  const text = readFileSync(join(folder, name), 'utf8')
  const [first] = parseAllDocuments(text)
  const { kind, spec } = (first?.toJS() ?? {}) as { kind?: string; spec?: Partial<KubernetesSettings> }
  const settings = kind === 'Settings' ? (spec ?? {}) : {}
  const objects = kind === 'Settings' ? text.slice(text.indexOf('\n---') + 4) : text
  const pieces = translated(objects, settings)
  return {
    pieces: `${JSON.stringify(printed(pieces), undefined, 2)}\n`,
    problems: pieces.problems.map((problem) => `${problem.reason} ${printProblem(problem)}\n`).join(''),
  }
}

/** What stands in the file: routes without what they have by default, secrets by their names. */
function printed({ routes, clusters, tlsHosts, defaultCertificates, accepted }: KubernetesPieces): unknown {
  return {
    routes: routes.map(printedRoute),
    clusters: clusters.map(({ origin, content: { id, protocol, tls, dns, endpoints } }) => ({
      id,
      origin: printPlace(origin),
      protocol,
      tls:
        tls === undefined
          ? undefined
          : { verify: tls.verify, serverName: tls.serverName, certificate: tls.certificate?.file },
      dns,
      endpoints: endpoints.map(({ address, priority }) =>
        priority === 0 ? printAddress(address) : [printAddress(address), priority],
      ),
    })),
    tlsHosts: tlsHosts.map(({ names, certificates }) => ({
      names,
      certificates: certificates.map(({ file }) => file),
    })),
    defaultCertificates: defaultCertificates.map(({ file }) => file),
    accepted: accepted.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
  }
}

function printedRoute({ origin, content }: RouteDraft): unknown {
  const { id, hosts, match, filters, target } = content
  const { path, ...conditions } = match
  const given = Object.fromEntries(Object.entries(conditions).filter(([, list]) => list.length > 0))
  return { id, origin: printPlace(origin), hosts, match: { path, ...given }, filters, target }
}

function expected(file: string, actual: string): string {
  const path = join(folder, file)
  if (isUpdating && (actual !== '' || existsSync(path))) writeFileSync(path, actual)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

describe('translating Kubernetes objects', () => {
  for (const name of names) {
    test(`${name} gives the pieces and the problems that are written beside it`, () => {
      const { pieces, problems } = translate(name)

      assert.equal(problems, expected(name.replace('.yaml', '.problems.txt'), problems))
      assert.equal(pieces, expected(name.replace('.yaml', '.pieces.json'), pieces))
    })
  }
})
