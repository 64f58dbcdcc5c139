import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HashQueue } from '../../../../src/filters/passwords/hash-queue.ts'
import type { HashAnswer } from '../../../../src/filters/passwords/hash-thread.ts'
import { type Attempt, PasswordChecker } from '../../../../src/filters/passwords/password-checker.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

/** A checker whose thread finds `right` right at once, and keeps a list of what it was asked. */
function checker() {
  const asked: string[] = []
  const clock = new FakeClock()
  const queue = new HashQueue((onAnswer: (answer: HashAnswer) => void) => ({
    ask({ password, hash }) {
      asked.push(`${password} ${hash}`)
      queueMicrotask(() => onAnswer({ isRight: password === 'right' }))
    },
    end: () => {},
  }))
  return { asked, clock, checker: new PasswordChecker(clock, Buffer.alloc(32, 1), queue) }
}

function attempt(parts: Partial<Attempt> = {}): Attempt {
  const usual = { users: 'a', clientAddress: '192.0.2.1', user: 'alice', password: 'right', hash: 'h1' }
  return { ...usual, isKnown: true, ...parts }
}

describe('passwords of a process', () => {
  test('a right one is remembered, and known at once', async () => {
    const { asked, checker: passwords } = checker()
    await passwords.check(attempt())

    assert.deepEqual(passwords.check(attempt()), { kind: 'right' })
    assert.deepEqual(asked, ['right h1'])
  })

  test('tries with the users of one tenant say nothing of those of another', async () => {
    const { checker: passwords } = checker()
    for (let i = 0; i < 20; i += 1) await passwords.check(attempt({ password: `wrong ${i}` }))

    assert.deepEqual(await passwords.check(attempt({ users: 'b', hash: 'h2' })), { kind: 'right' })
  })

  test('another hash of the same user is another matter', async () => {
    const { asked, checker: passwords } = checker()
    await passwords.check(attempt())
    await passwords.check(attempt({ hash: 'h2' }))

    assert.deepEqual(asked, ['right h1', 'right h2'])
  })

  test('after ten minutes a right one is looked at again', async () => {
    const { asked, clock, checker: passwords } = checker()
    await passwords.check(attempt())

    clock.advance(600_000)
    await passwords.check(attempt())

    assert.equal(asked.length, 2)
  })

  test('a wrong one is remembered for a minute', async () => {
    const { asked, clock, checker: passwords } = checker()
    const wrong = attempt({ password: 'wrong' })

    assert.deepEqual(await passwords.check(wrong), { kind: 'wrong' })
    assert.deepEqual(passwords.check(wrong), { kind: 'wrong' })
    clock.advance(60_000)
    await passwords.check(wrong)

    assert.equal(asked.length, 2)
  })

  test('users who are not known are asked about as others are, and never right', async () => {
    const { asked, checker: passwords } = checker()
    const stranger = attempt({ user: 'mallory', isKnown: false })

    assert.deepEqual(await passwords.check(stranger), { kind: 'wrong' })
    assert.deepEqual(await passwords.check(stranger), { kind: 'wrong' })
    assert.deepEqual(asked, ['right h1'])
  })

  test('the password of somebody else is to a user who is not known as wrong as any', async () => {
    const { clock, asked, checker: passwords } = checker()
    const stranger = attempt({ user: 'mallory', isKnown: false })
    for (let i = 0; i < 10; i += 1) await passwords.check(stranger)

    assert.equal((await passwords.check(stranger)).kind, 'limited')
    clock.advance(60_000)
    await passwords.check(stranger)
    assert.equal(asked.length, 2)
    assert.equal((await passwords.check(attempt({ user: 'mallory', users: 'b' }))).kind, 'right')
  })

  test('the same one from several connections at once is looked at once', async () => {
    const { asked, checker: passwords } = checker()

    const results = await Promise.all(Array.from({ length: 6 }, async () => passwords.check(attempt())))

    assert.ok(results.every(({ kind }) => kind === 'right'))
    assert.equal(asked.length, 1)
  })

  test('who has tried ten wrong ones waits, and nobody looks at the next', async () => {
    const { asked, checker: passwords } = checker()
    for (let i = 0; i < 10; i += 1) await passwords.check(attempt({ password: `wrong ${i}` }))

    assert.deepEqual(passwords.check(attempt()), { kind: 'limited', waitMs: 2_000 })
    assert.deepEqual(await passwords.check(attempt({ clientAddress: '192.0.2.2' })), { kind: 'right' })
    assert.equal(asked.length, 11)
  })

  test('whoever is remembered passes from an address that tried too often', async () => {
    const { checker: passwords } = checker()
    await passwords.check(attempt())
    for (let i = 0; i < 20; i += 1) await passwords.check(attempt({ password: `wrong ${i}` }))

    assert.deepEqual(passwords.check(attempt()), { kind: 'right' })
  })

  test('right ones cost nobody a try', async () => {
    const { checker: passwords } = checker()

    for (let i = 0; i < 30; i += 1) {
      assert.deepEqual(await passwords.check(attempt({ hash: `h${i}` })), { kind: 'right' })
    }
  })

  test('wrong ones do not drive out right ones that are remembered', async () => {
    const { asked, checker: passwords } = checker()
    await passwords.check(attempt())
    for (let i = 0; i < 1_500; i += 1) {
      await passwords.check(attempt({ password: `wrong ${i}`, clientAddress: `client ${i}` }))
    }
    const before = asked.length

    await passwords.check(attempt())

    assert.equal(asked.length, before)
  })
})
