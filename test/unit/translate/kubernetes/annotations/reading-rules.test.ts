import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { markTooLong } from '../../../../../src/model/too-long.ts'
import { readAnnotations } from '../../../../../src/translate/kubernetes/annotations/read-annotations.ts'
import { full, partOf, readingOf, reasonsOf, told } from './reading.ts'

const input = {
  compat: 'off',
  optIn: new Set<string>(),
  listeners: new Set<string>(),
  defaults: new Map<string, string>(),
} as const

describe('sizes of annotations', () => {
  test('end at 1 KiB for one', () => {
    const fits = `[{ respond: { body: "${'x'.repeat(1024 - 27)}" } }]`
    const read = readingOf({ 't:filters': fits })
    const longer = readingOf({ 't:filters': `${fits} ` })

    assert.equal(fits.length, 1024)
    assert.deepEqual(read.problems, [])
    assert.match(told(longer)[0] ?? '', /filters is longer than the 1024 bytes/)
    assert.match(longer.blocked ?? '', /filters is too long to be read/)
  })

  test('count bytes, not characters', () => {
    assert.match(told(readingOf({ 't:host': 'é'.repeat(600) }))[0] ?? '', /longer than the 1024 bytes/)
  })

  test('know a value that the source has cut, and close what it protects', () => {
    const read = readingOf({ 'n:whitelist-source-range': markTooLong('10.0.0.0/8,'.repeat(200)) })

    assert.match(read.blocked ?? '', /whitelist-source-range is too long to be read/)
  })

  test('close the routes of a text of nginx that nobody looked through', () => {
    assert.notEqual(readingOf({ 'n:server-snippet': markTooLong('x'.repeat(2000)) }).blocked, undefined)
  })

  test('end at 64 KiB for all, and what comes behind closes when it protects', () => {
    const many = Object.fromEntries(
      Array.from({ length: 64 }, (_, index) => [`t:x${index}`, 'x'.repeat(1024)]),
    )
    const read = readingOf({ 't:host': 'a.test', ...many, 't:clients': '[10.0.0.0/8]' })

    assert.equal(read.cluster.shape.host, 'a.test')
    assert.match(read.blocked ?? '', /clients is too long to be read/)
    assert.match(told(read)[0] ?? '', /longer than 65536 bytes together/)
  })

  test('of problems end too: the rest is counted', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`t:nothing-${index}`, 'x']))
    const { problems } = readingOf(many)

    assert.equal(problems.length, 41)
    assert.match(problems.at(-1)?.message ?? '', /^20 further problems/)
  })
})

describe('layers of annotations', () => {
  test('let the object win over the defaults of its class, with prefix or without', () => {
    const defaults = { 'timeouts.total': '10s', 't:timeouts.idle': '20s' }
    const read = readingOf({ 't:timeouts.total': '30s' }, { defaults })

    assert.deepEqual(read.route.timeouts, { total: 30_000, perTry: 60_000, idle: 20_000 })
  })

  test('let the object win whole by ingress-nginx over the class in our words', () => {
    const read = readingOf({ 'n:proxy-body-size': '2m' }, { defaults: { 'body.limit': '1MiB' } })

    assert.equal(read.route.body.limit, 2 * 1024 * 1024)
    assert.deepEqual(read.problems, [])
  })

  test('let ours win over ingress-nginx in the class too', () => {
    const defaults = { 'body.limit': '1MiB', 'n:proxy-body-size': '2m' }

    assert.equal(readingOf({}, { defaults }).route.body.limit, 1024 * 1024)
    assert.equal(readingOf({ 'n:use-regex': 'false' }, { defaults }).route.body.limit, 1024 * 1024)
  })

  test('join what class and object say of one thing of ingress-nginx', () => {
    const read = readingOf({ 'n:affinity': 'cookie' }, { defaults: { 'n:session-cookie-name': 'shop' } })

    assert.equal(partOf(read, 'cluster.shape.sticky.name'), 'shop')
  })

  test('tell of ours over ingress-nginx on one object', () => {
    const read = readingOf({ 'n:proxy-read-timeout': '10', 't:timeouts': '{ perTry: 5s }' })

    assert.equal(read.route.timeouts.perTry, 5000)
    assert.equal(read.route.upgrade.idle, 10_000)
    assert.deepEqual(told(read), [
      'AnnotationDiffers nginx.ingress.kubernetes.io/proxy-read-timeout: "nginx.ingress.kubernetes.io/proxy-read-timeout" and "tidegate.dev/timeouts" say the same thing, and the latter holds; remove the former',
    ])
  })

  test('keep what the class said when the object is wrong', () => {
    const read = readingOf({ 't:timeouts.total': 'soon' }, { defaults: { 'timeouts.total': '10s' } })

    assert.equal(read.route.timeouts.total, 10_000)
  })

  test('say of a problem whether the class has it', () => {
    const read = readingOf(
      { 'n:use-regex': 'x' },
      { defaults: { 'timeouts.total': 'soon', 'n:auth-realm': 'x' } },
    )

    assert.deepEqual(read.problems.map(({ from, annotation }) => `${from} ${annotation}`).toSorted(), [
      'class nginx.ingress.kubernetes.io/auth-realm',
      'class tidegate.dev/timeouts.total',
      'object nginx.ingress.kubernetes.io/use-regex',
    ])
  })

  test('close every route of a class whose protection cannot be read', () => {
    assert.match(
      readingOf({}, { defaults: { clients: '[everybody]' } }).blocked ?? '',
      /clients cannot be read/,
    )
  })
})

describe('readings', () => {
  test('are remembered by their maps', () => {
    const annotations = full({ 't:timeouts.total': '5s' })
    const first = readAnnotations({ ...input, annotations })

    assert.equal(readAnnotations({ ...input, annotations, optIn: new Set() }), first)
    assert.notEqual(readAnnotations({ ...input, annotations, defaults: new Map() }), first)
    assert.notEqual(readAnnotations({ ...input, annotations, compat: 'ingress-nginx' }), first)
  })

  test('are one for all Ingresses that have none of these annotations', () => {
    const first = readAnnotations({ ...input, annotations: new Map() })
    const second = readAnnotations({
      ...input,
      annotations: new Map([['cert-manager.io/cluster-issuer', 'x']]),
    })

    assert.equal(second, first)
  })

  test('share the parts that say the same', () => {
    const first = readingOf({ 't:timeouts.total': '5s', 't:balance': 'ewma' })
    const second = readingOf({ 't:timeouts': '{ total: 5s }', 't:balance': 'ewma', 't:rewrite': '/' })

    assert.equal(second.route.timeouts, first.route.timeouts)
    assert.equal(second.route.match, first.route.match)
    assert.equal(second.cluster, first.cluster)
    assert.equal(second.nginx, first.nginx)
  })

  test('are frozen to the bottom', () => {
    const read = readingOf({ 't:filters': '[{ requestHeaders: { set: { x-a: b } } }]' })

    assert.ok(Object.isFrozen(read))
    assert.ok(Object.isFrozen(read.problems))
    assert.ok(Object.isFrozen(partOf(read, 'route.filters.0.edit.set.0')))
    assert.ok(Object.isFrozen(read.cluster.shape.pool))
  })

  test('tell of the other product with nginx in its name once', () => {
    const read = readingOf({ 'nginx.org/rewrites': 'x', 'nginx.org/websocket-services': 'y' })

    assert.deepEqual(reasonsOf(read), ['AnnotationUnsupported nginx.org/rewrites'])
  })
})
