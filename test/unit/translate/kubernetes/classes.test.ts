import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubernetesSettings } from '../../../../src/model/kubernetes-settings.ts'
import { service, told, translated } from '../../../support/kubernetes/translation.ts'

function ingressClass(name: string, controller = 'tidegate.dev/ingress-controller', more = ''): string {
  return `
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: ${name}${more} }
spec: { controller: ${controller} }`
}

const isDefault = ', annotations: { ingressclass.kubernetes.io/is-default-class: "true" }'

function ingress({ field, annotation }: { field?: string; annotation?: string }): string {
  const annotations =
    annotation === undefined
      ? ''
      : `, annotations: { kubernetes.io/ingress.class: ${JSON.stringify(annotation)} }`
  return `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web${annotations} }
spec:
  ${field === undefined ? '' : `ingressClassName: ${field}`}
  rules:
    - host: a.test
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
${service('web')}`
}

const ours = ingressClass('edge')
const other = ingressClass('theirs', 'other.test/controller')

describe('an Ingress is ours', () => {
  for (const [what, yaml, settings, expected] of [
    ['when its field names a class of our controller', ours + ingress({ field: 'edge' }), {}, true],
    [
      'not when its field names a class of another controller',
      ours + other + ingress({ field: 'theirs' }),
      {},
      false,
    ],
    ['not when its field names a class that does not exist', ours + ingress({ field: 'edgy' }), {}, false],
    [
      'not when its field says our name and there is no such class',
      ours + ingress({ field: 'tidegate' }),
      {},
      false,
    ],
    ['when its annotation names a class of ours', ours + ingress({ annotation: 'edge' }), {}, true],
    [
      'when its annotation is our name, without an object',
      ours + ingress({ annotation: 'tidegate' }),
      {},
      true,
    ],
    [
      'when its annotation is the name that was set',
      ours + ingress({ annotation: 'gate' }),
      { className: 'gate' },
      true,
    ],
    ['not when its annotation names another', ours + ingress({ annotation: 'nginx' }), {}, false],
    ['not without a class, when there is no default', ours + ingress({}), {}, false],
    [
      'without a class, when ours is the default',
      ingressClass('edge', undefined, isDefault) + ingress({}),
      {},
      true,
    ],
    [
      'not without a class, when the default is of another',
      ours + ingressClass('theirs', 'other.test/c', isDefault) + ingress({}),
      { watchWithoutClass: 'on' },
      false,
    ],
    [
      'not without a class, when there are two defaults',
      ingressClass('edge', undefined, isDefault) + ingressClass('edge2', undefined, isDefault) + ingress({}),
      {},
      false,
    ],
    ['without a class, when we watch those', ours + ingress({}), { watchWithoutClass: 'on' }, true],
    [
      'not with another class, when we watch those without',
      ours + ingress({ annotation: 'nginx' }),
      { watchWithoutClass: 'on' },
      false,
    ],
    [
      'by its field, when its annotation is of another (R-17)',
      ours + ingress({ field: 'edge', annotation: 'nginx' }),
      {},
      true,
    ],
    [
      'not by its annotation, when its field is of another (R-17)',
      ours + other + ingress({ field: 'theirs', annotation: 'edge' }),
      {},
      false,
    ],
    [
      'of several classes of one controller',
      ours + ingressClass('edge2') + ingress({ field: 'edge2' }),
      {},
      true,
    ],
    [
      'not of another controller value',
      ours + ingress({ field: 'edge' }),
      { controller: 'tidegate.dev/second' },
      false,
    ],
  ] as readonly (readonly [string, string, Partial<KubernetesSettings>, boolean])[]) {
    test(what, () => {
      const { accepted, routes } = translated(yaml, settings)

      assert.equal(accepted.length, expected ? 1 : 0)
      assert.equal(routes.length, expected ? 1 : 0)
    })
  }

  test('nobody hears of one that is not', () => {
    assert.deepEqual(told(translated(ours + other + ingress({ field: 'theirs', annotation: 'edge' }))), [])
  })

  test('nobody hears of an annotation that says what the field says', () => {
    assert.deepEqual(told(translated(ours + ingress({ field: 'edge', annotation: 'edge' }))), [])
  })

  test('the field wins over the annotation, and that is told', () => {
    const problems = told(translated(ours + ingress({ field: 'edge', annotation: 'nginx' })))

    assert.match(
      problems[0] ?? '',
      /^ClassIgnored Ingress default\/web metadata\.annotations: warning: class is "edge" by "spec.ingressClassName" and "nginx" by annotation, and the field wins; remove/,
    )
  })
})

describe('parameters of a class', () => {
  const withParameters = (parameters: string) => `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: edge }
spec: { controller: tidegate.dev/ingress-controller, parameters: ${parameters} }
${ingress({ field: 'edge' })}`
  const named = withParameters('{ kind: ConfigMap, scope: Namespace, namespace: ops, name: edge }')
  const configMap = (data: string) => `
---
apiVersion: v1
kind: ConfigMap
metadata: { namespace: ops, name: edge }
data: ${data}`
  const allowed = { classParameters: [{ namespace: 'ops', name: 'edge' }] }

  test('are defaults for the annotations of its Ingresses', () => {
    const { routes, problems } = translated(named + configMap('{ timeouts.per-try: 7s }'), allowed)

    assert.deepEqual(problems, [])
    assert.equal(routes[0]?.content.timeouts.perTry, 7000)
  })

  describe('say what is answered over limits of ingress-nginx', () => {
    const limited = named.replace(
      'metadata: { name: web }',
      'metadata: { name: web, annotations: { nginx.ingress.kubernetes.io/limit-rps: "5", nginx.ingress.kubernetes.io/limit-connections: "9" } }',
    )
    for (const [data, expected, problem] of [
      ['{ compat: ingress-nginx }', [503, 503], undefined],
      ['{ limit-req-status-code: "430" }', [430, 429], undefined],
      ['{ limit-conn-status-code: "430" }', [429, 430], undefined],
      ['{ compat: ingress-nginx, limit-req-status-code: "429" }', [429, 503], undefined],
      [
        '{ limit-req-status-code: "200" }',
        [429, 429],
        'ClassParametersInvalid ConfigMap ops/edge data.limit-req-status-code: warning: limit-req-status-code "200" is no status of an error, and is left out; write a number from 400 to 599, such as "429"',
      ],
    ] as const) {
      test(`${data}: ${expected.join(' and ')}`, () => {
        const pieces = translated(limited + configMap(data), allowed)

        const statuses = pieces.routes[0]?.content.filters.flatMap((filter) =>
          filter.kind === 'rateLimit'
            ? filter.rules.map(({ status }) => status)
            : filter.kind === 'concurrencyLimit'
              ? [filter.status]
              : [],
        )
        assert.deepEqual(statuses, expected)
        assert.deepEqual(told(pieces), problem === undefined ? [] : [problem])
      })
    }
  })

  test('that are wrong are told once, at the ConfigMap', () => {
    const problems = told(translated(named + configMap('{ timeouts.per-try: soon, compat: nginx }'), allowed))

    assert.equal(problems.length, 2)
    assert.match(
      problems[0] ?? '',
      /^ClassParametersInvalid ConfigMap ops\/edge data\.compat: warning: compat "nginx" is not known/,
    )
    assert.match(problems[1] ?? '', /^AnnotationInvalid ConfigMap ops\/edge data\[.*per-try\]: warning: /)
  })

  for (const [what, yaml, settings, expected] of [
    [
      'that the operator did not allow are told',
      named + configMap('{}'),
      {},
      /^ClassParametersRefused IngressClass edge spec\.parameters: .*"ops\/edge"/,
    ],
    [
      'that do not exist are told',
      named,
      allowed,
      /^ClassParametersInvalid IngressClass edge .*does not exist/,
    ],
    [
      'of the cluster are told',
      withParameters('{ kind: ConfigMap, name: edge }'),
      allowed,
      /^ClassParametersInvalid .*of the cluster/,
    ],
    [
      'of another kind are told',
      withParameters('{ apiGroup: x.test, kind: Edge, scope: Namespace, namespace: ops, name: edge }'),
      allowed,
      /^ClassParametersInvalid .*kind "Edge"/,
    ],
  ] as readonly (readonly [string, string, Partial<KubernetesSettings>, RegExp])[]) {
    test(`${what}, and the class works without`, () => {
      const pieces = translated(yaml, settings)

      assert.equal(pieces.routes.length, 1)
      assert.equal(told(pieces).length, 1)
      assert.match(told(pieces)[0] ?? '', expected)
    })
  }
})
