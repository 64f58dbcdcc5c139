import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubernetesPieces } from '../../src/translate/kubernetes/pieces.ts'
import { KubernetesTranslator } from '../../src/translate/kubernetes/translator.ts'
import { classJson, ingressJson, secretJson, serviceJson } from '../support/kubernetes/api-objects.ts'
import { kubernetesSettings } from '../support/kubernetes/api-settings.ts'
import { type SourceParts, SourceStage } from '../support/kubernetes/source-stage.ts'
import { surroundings, told } from '../support/kubernetes/translation.ts'

// For each namespace whose Secrets an Ingress names we ask the API server for our rights there, again and again, or watch them.

type Json = Record<string, unknown>

/** With TLS by the annotation, whose value is `secret` as it stands. */
function annotated(namespace: string, name: string, secret: string, more: Json = {}): Json {
  const annotations = { 'tidegate.dev/tls-secret': secret, ...more } as Record<string, string>
  const host = `${name}.${namespace}.test`
  const json = ingressJson(name, { namespace, host, annotations })
  return { ...json, spec: { ...(json['spec'] as Json), tls: [{ hosts: [host] }] } }
}

/** Two digits, so that the order of names is that of numbers. */
const flood = (value: (index: number) => string): readonly Json[] =>
  Array.from({ length: 60 }, (_, index) => annotated('evil', `web-${index + 10}`, value(index)))

/** A source with a translator behind it, after its second look: what the first asked for is known by then. */
async function looked(
  fill: (stage: SourceStage) => void,
  parts: SourceParts = {},
): Promise<{ readonly stage: SourceStage; readonly look: () => KubernetesPieces }> {
  const stage = await SourceStage.complete(parts, (stage) => {
    stage.put('class', classJson('tidegate'))
    stage.put('service', serviceJson('web', { namespace: 'shop' }), serviceJson('web', { namespace: 'evil' }))
    fill(stage)
  })
  const translator = new KubernetesTranslator(kubernetesSettings(parts.settings))
  const look = (): KubernetesPieces =>
    stage.source.renew((objects) => translator.translate(objects, surroundings))
  look()
  return { stage, look }
}

/** Namespaces where Secrets are read, or where we ask whether we may. */
function asked({ source }: SourceStage): readonly string[] {
  const names = source.statuses().map(({ name }) => /^kubernetes secrets of (.*)$/.exec(name)?.[1])
  return names.filter((name) => name !== undefined)
}

describe('Ingresses of one namespace that name Secrets of many others', () => {
  test('have us look in 32 of them, and are told so', async () => {
    const { stage, look } = await looked((stage) => stage.put('ingress', ...flood((index) => `n${index}/s`)))
    await using _ = stage

    const problems = told(look()).filter((line) => line.startsWith('SecretOutOfReach'))

    assert.deepEqual(
      asked(stage).toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
      Array.from({ length: 32 }, (_, index) => `n${index}`),
    )
    assert.equal(problems.length, 28)
    assert.match(
      problems[0] ?? '',
      /Ingress evil\/web-42 metadata\.annotations\[tidegate\.dev\/tls-secret\]: secret "n32\/s" may not be read by the gateway; in all Ingresses of a namespace, name at most 1000 Secrets .* in at most 32 besides/,
    )
  })

  for (const [how, value, expected] of [
    ['in quotes', (index: number) => `"n${index}/s"`, 32],
    ['with space around them', (index: number) => `  n${index}/s\n`, 32],
    ['in YAML that only translation reads', (index: number) => `|-\n  n${index}/s`, 0],
  ] as const) {
    test(`have us look in ${expected} when they write them ${how}`, async () => {
      const { stage, look } = await looked((stage) => stage.put('ingress', ...flood(value)))
      await using _ = stage

      look()

      assert.equal(asked(stage).length, expected)
    })
  }

  test('take nothing from a namespace that names one of those that were too many', async () => {
    const { stage, look } = await looked((stage) => {
      stage.put('ingress', ...flood((index) => (index === 50 ? 'pki/wild' : `n${index}/s`)))
      stage.put('ingress', annotated('shop', 'web', 'pki/wild'))
      const annotations = { 'tidegate.dev/allow-from': 'shop' }
      stage.put('secret', secretJson('wild', 'k', { namespace: 'pki', annotations }))
    })
    await using _ = stage

    const { tlsHosts } = look()

    assert.deepEqual(
      tlsHosts.map(({ names }) => names),
      [['web.shop.test']],
    )
  })

  test('take nothing from the defaults of a class', async () => {
    const parameters = { apiGroup: '', kind: 'ConfigMap', scope: 'Namespace', namespace: 'gate', name: 'p' }
    const parts = { settings: { classParameters: [{ namespace: 'gate', name: 'p' }] } }
    const { stage, look } = await looked((stage) => {
      const json = classJson('with-defaults')
      stage.put('class', { ...json, spec: { ...(json['spec'] as Json), parameters } })
      const metadata = { namespace: 'gate', name: 'p' }
      stage.put('configMap', { metadata, data: { 'tls-secret': 'pki/wild' } })
      stage.put('ingress', ...flood((index) => (index === 50 ? 'pki/wild' : `n${index}/s`)))
      const plain = ingressJson('web', { namespace: 'shop', className: 'with-defaults' })
      stage.put('ingress', { ...plain, spec: { ...(plain['spec'] as Json), tls: [{ hosts: ['web.test'] }] } })
      const annotations = { 'tidegate.dev/allow-from': 'shop' }
      stage.put('secret', secretJson('wild', 'k', { namespace: 'pki', annotations }))
    }, parts)
    await using _ = stage

    const { tlsHosts } = look()

    assert.deepEqual(
      tlsHosts.map(({ names }) => names),
      [['web.test']],
    )
  })

  test('take nothing from a namespace that names its own in a form that only translation reads', async () => {
    const { stage } = await looked((stage) => {
      stage.put('ingress', ...flood((index) => (index === 50 ? 'shop/ca' : `n${index}/s`)))
      const annotations = { 'tidegate.dev/tls': '{ caSecret: ca }' }
      stage.put('ingress', ingressJson('web', { namespace: 'shop', annotations }))
      stage.put('secret', secretJson('ca', 'k'))
    })
    await using _ = stage

    const { objects } = stage.source
    await stage.until(() => objects.secret('shop', 'ca').kind === 'found')

    assert.ok(asked(stage).includes('shop'))
  })

  test('have us look where it was too much as soon as there is room', async () => {
    const { stage, look } = await looked((stage) => stage.put('ingress', ...flood((index) => `n${index}/s`)))
    await using _ = stage

    stage.remove('ingress', 'evil', 'web-10')
    await stage.changed()
    look()

    assert.deepEqual([asked(stage).includes('n0'), asked(stage).includes('n32')], [false, true])
    assert.equal(asked(stage).length, 32)
  })
})

describe('a name of a Secret in a namespace that nobody is seen to need', () => {
  test('has nobody asked, and the answer is the same whether it exists or not', async () => {
    const { stage } = await looked((stage) =>
      stage.put('secret', secretJson('there', 'k', { namespace: 'kube-system' })),
    )
    await using _ = stage
    const before = stage.fake.requests.length

    const answers = ['there', 'none'].map((name) => stage.source.objects.secret('kube-system', name))

    assert.equal(answers[0], answers[1])
    assert.equal(answers[0]?.kind, 'out of reach')
    assert.deepEqual([stage.fake.requests.length, asked(stage)], [before, []])
  })
})
