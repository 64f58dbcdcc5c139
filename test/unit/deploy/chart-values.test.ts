import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isMap, isScalar, type Pair, parse, parseDocument } from 'yaml'
import { kubernetesSchema } from '../../../src/translate/schema/kubernetes.ts'
import { chart, lintChart, renderChart } from '../../support/kubernetes/helm.ts'
import type { KubeObject } from '../../support/kubernetes/kube-kinds.ts'
import { namesOf, ofKind, oneOf } from '../../support/kubernetes/rendered.ts'
import { root } from '../../support/source-files.ts'

const valuesText = readFileSync(join(root, chart, 'values.yaml'), 'utf8')
const schema = JSON.parse(readFileSync(join(root, chart, 'values.schema.json'), 'utf8')) as Shape

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>
  readonly additionalProperties?: unknown
}

/** Values that are given whole: a sentence says what they are. */
const whole = /^(?:probes|podSecurityContext|containerSecurityContext|resources|autoscaling\.behavior)\./

/** Values of the chart by their paths, each with the comment before it. */
function* values(
  pairs: readonly Pair[],
  path: string,
  said: string,
): Generator<{ path: string; comment: string }> {
  for (const [i, { key, value }] of pairs.entries()) {
    if (!isScalar(key)) continue
    const own = `${path}${String(key.value)}`
    // The comment of the first key stands before the map.
    const comment = key.commentBefore ?? (i === 0 ? said : '')
    if (isMap(value) && value.items.length > 0 && !comment.includes('--'))
      yield* values(value.items, `${own}.`, value.commentBefore ?? '')
    else yield { path: own, comment }
  }
}

const all = (): { path: string; comment: string }[] => {
  const { contents } = parseDocument(valuesText)
  if (!isMap(contents)) throw new Error('values.yaml is no map')
  return [...values(contents.items as Pair[], '', contents.commentBefore ?? '')].filter(
    ({ path }) => !whole.test(path),
  )
}

describe('values.yaml', () => {
  test('has a sentence for every value', () => {
    const silent = all().filter(({ comment }) => !/-- [A-Z`/].+[.:]/s.test(comment))

    assert.ok(all().length > 90)
    assert.deepEqual(
      silent.map(({ path }) => path),
      [],
    )
  })

  test('has every value that the schema knows, and no other', () => {
    const names = Object.keys(parse(valuesText) as object)

    const known = Object.keys(schema.properties ?? {}).filter((name) => name !== 'global')
    assert.deepEqual(names.toSorted(), known.toSorted())
  })

  test('has every key of the gateway’s "kubernetes", but for those of a kubeconfig', () => {
    const { kubernetes } = parse(valuesText) as { kubernetes: object }

    const keys = Object.keys(kubernetesSchema.properties).filter(
      (key) => key !== 'kubeconfig' && key !== 'context',
    )
    assert.deepEqual(Object.keys(kubernetes).toSorted(), keys.toSorted())
  })

  test('is closed by its schema, but for what is handed on', () => {
    const open = openShapes(schema, '')

    assert.deepEqual(open, ['.config'])
  })
})

/** Paths of objects whose keys are known, and that take others all the same. */
function openShapes({ properties, additionalProperties }: Shape, path: string): string[] {
  if (properties === undefined) return []
  const own = additionalProperties === false ? [] : [path]
  return [
    ...own,
    ...Object.entries(properties).flatMap(([name, shape]) => openShapes(shape, `${path}.${name}`)),
  ]
}

describe('helm lint finds nothing', () => {
  for (const example of [undefined, 'cloud-load-balancer', 'bare-metal-daemonset', 'replace-ingress-nginx']) {
    test(`in ${example ?? 'the defaults'}`, async () => {
      const said = await lintChart(example === undefined ? {} : { example })

      assert.match(said, /1 chart\(s\) linted, 0 chart\(s\) failed/)
      assert.doesNotMatch(said, /ERROR|WARNING/)
    })
  }
})

describe('a mistake in the values is refused', () => {
  const table: readonly (readonly [what: string, values: object, why: RegExp])[] = [
    ['a key that does not exist', { kubernetes: { classname: 'x' } }, /'classname' not allowed/],
    ['a word that does not exist', { kubernetes: { compat: 'nginx' } }, /\/kubernetes\/compat/],
    [
      'a key that the chart writes itself',
      { config: { admin: { address: '0.0.0.0:9901' } } },
      /\/config\/admin/,
    ],
    [
      'status from a Service that is switched off',
      { service: { enabled: false } },
      /kubernetes\.status\.from is "service" and there is none: name one/,
    ],
    [
      'autoscaling of a DaemonSet',
      { kind: 'DaemonSet', autoscaling: { enabled: true } },
      /a DaemonSet has one pod on each node/,
    ],
    [
      'two kinds of parameters for the class',
      { ingressClass: { parameters: { name: 'a', data: { b: 'c' } } } },
      /write one of them/,
    ],
  ]
  for (const [what, values, why] of table) {
    test(what, async () => {
      await assert.rejects(renderChart({ values }), why)
    })
  }
})

describe('the objects of the chart', () => {
  const kindsOf = (objects: readonly KubeObject[]): string[] =>
    [...new Set(objects.map(({ kind = '' }) => kind))].sort()

  test('are these by default', async () => {
    const objects = await renderChart()

    assert.deepEqual(kindsOf(objects), [
      'ClusterRole',
      'ClusterRoleBinding',
      'ConfigMap',
      'Deployment',
      'IngressClass',
      'PodDisruptionBudget',
      'Role',
      'RoleBinding',
      'Service',
      'ServiceAccount',
    ])
  })

  test('have a ServiceMonitor only where the cluster knows it', async () => {
    const values = { metrics: { serviceMonitor: { enabled: true } } }
    const kinds = ['monitoring.coreos.com/v1/ServiceMonitor']

    assert.ok(!kindsOf(await renderChart({ values })).includes('ServiceMonitor'))
    assert.ok(kindsOf(await renderChart({ values, kinds })).includes('ServiceMonitor'))
  })

  test('carry the name of another release, so that two can stand side by side', async () => {
    const [one, other] = [await renderChart(), await renderChart({ release: 'edge', namespace: 'edge' })]

    const shared = (['ClusterRole', 'ClusterRoleBinding', 'Deployment', 'Service'] as const).flatMap((kind) =>
      namesOf(one, kind).filter((name) => namesOf(other, kind).includes(name)),
    )
    assert.deepEqual(shared, [])
    assert.ok(namesOf(other, 'Deployment').includes('edge/edge-tidegate'))
  })

  test('leave the admin interface on loopback, and metrics out of the Service of clients', async () => {
    const objects = await renderChart()

    const ports = (oneOf(objects, 'Service').spec?.ports ?? []).map(({ port, targetPort }) => [
      port,
      targetPort,
    ])
    const container = oneOf(objects, 'Deployment').spec?.template.spec?.containers[0]
    assert.deepEqual(ports, [
      [80, 'http'],
      [443, 'https'],
    ])
    assert.deepEqual(
      (container?.ports ?? []).map(({ containerPort }) => containerPort),
      [8080, 8443, 9902],
    )
  })

  test('tell the pod where it is', async () => {
    const container = oneOf(await renderChart(), 'Deployment').spec?.template.spec?.containers[0]

    const fields = (container?.env ?? []).map(({ name, value, valueFrom }) => [
      name,
      value ?? valueFrom?.fieldRef?.fieldPath,
    ])
    assert.deepEqual(Object.fromEntries(fields), {
      POD_NAMESPACE: 'metadata.namespace',
      POD_NAME: 'metadata.name',
      POD_IP: 'status.podIP',
      HOST_IP: 'status.hostIP',
      NODE_NAME: 'spec.nodeName',
      TIDEGATE_SERVICE_ACCOUNT: 'tidegate',
      TIDEGATE_SECRETS_ROLE: 'tidegate-secrets',
    })
  })

  test('have the image by digest when there is one', async () => {
    const digest = `sha256:${'a'.repeat(64)}`

    const objects = await renderChart({ values: { image: { repository: 'r.test/t', tag: '9', digest } } })

    const images = ofKind(objects, 'Deployment').map(({ spec }) => spec?.template.spec?.containers[0]?.image)
    assert.deepEqual(images, [`r.test/t@${digest}`])
  })
})
