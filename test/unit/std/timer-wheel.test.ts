import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Timed, TimerWheel } from '../../../src/std/timer-wheel.ts'
import { seededRandom } from '../../support/clusters.ts'
import { FakeClock } from '../../support/fake-clock.ts'

class Alarm implements Timed {
  deadline = Infinity
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  readonly fired: number[] = []
  readonly #then: (now: number) => void

  constructor(then: (now: number) => void = () => {}) {
    this.#then = then
  }

  onDeadline(now: number): void {
    this.fired.push(now)
    this.#then(now)
  }
}

function setUp(tickMs = 25, slots = 8) {
  const clock = new FakeClock(1_000)
  return { clock, wheel: new TimerWheel(clock, tickMs, slots) }
}

describe('timer wheel', () => {
  test('fires once, not before the deadline and within a tick of it', () => {
    const { clock, wheel } = setUp()
    const alarm = new Alarm()
    wheel.arm(alarm, 1_060)

    clock.advance(59)
    assert.deepEqual(alarm.fired, [])
    clock.advance(25)
    assert.deepEqual(alarm.fired, [1_075])
    clock.advance(10_000)
    assert.equal(alarm.fired.length, 1)
  })

  test('keeps deadlines that are several turns ahead', () => {
    const { clock, wheel } = setUp()
    const alarm = new Alarm()
    wheel.arm(alarm, 5_010)

    clock.advance(4_009)
    assert.deepEqual(alarm.fired, [])
    clock.advance(25)
    assert.deepEqual(alarm.fired, [5_025])
  })

  test('a deadline assigned later fires later and not at the first time', () => {
    const { clock, wheel } = setUp()
    const alarm = new Alarm()
    wheel.arm(alarm, 1_050)
    alarm.deadline = 1_110

    clock.advance(100)
    assert.deepEqual(alarm.fired, [])
    clock.advance(25)
    assert.deepEqual(alarm.fired, [1_125])
  })

  test('a deadline armed earlier fires earlier', () => {
    const { clock, wheel } = setUp()
    const alarm = new Alarm()
    wheel.arm(alarm, 3_000)
    wheel.arm(alarm, 1_030)

    clock.advance(60)

    assert.deepEqual(alarm.fired, [1_050])
  })

  test('later by assignment and then earlier again by arming fires at the last one', () => {
    const { clock, wheel } = setUp()
    const alarm = new Alarm()
    wheel.arm(alarm, 1_050)
    alarm.deadline = 9_000
    wheel.arm(alarm, 1_100)

    clock.advance(200)

    assert.deepEqual(alarm.fired, [1_100])
  })

  test('a deadline that has passed fires at the next tick, never inside arm', () => {
    const { clock, wheel } = setUp()
    const alarm = new Alarm()
    wheel.arm(alarm, 10)

    assert.deepEqual(alarm.fired, [])
    clock.advance(25)
    assert.deepEqual(alarm.fired, [1_025])
  })

  test('fires everything once after a stall longer than a turn', () => {
    const { clock, wheel } = setUp()
    const alarms = Array.from({ length: 40 }, () => new Alarm())
    for (const [i, alarm] of alarms.entries()) wheel.arm(alarm, 1_000 + i * 10)

    clock.stall(5_000)
    clock.advance(1)

    assert.deepEqual(new Set(alarms.map((alarm) => alarm.fired.length)), new Set([1]))
  })

  test('has no timer while it is empty, and its time is exact then', () => {
    const { clock, wheel } = setUp()
    const alarm = new Alarm()

    wheel.arm(alarm, 1_020)
    assert.equal(clock.waiting, 1)
    clock.advance(33)

    assert.equal(clock.waiting, 0)
    assert.equal(wheel.size, 0)
    assert.equal(wheel.now, 1_033)
  })

  test('its time moves by ticks while something is armed', () => {
    const { clock, wheel } = setUp()
    wheel.arm(new Alarm(), 9_000)

    clock.advance(60)

    assert.equal(wheel.now, 1_050)
  })

  test('what is removed does not fire and does not keep the timer', () => {
    const { clock, wheel } = setUp()
    const alarm = new Alarm()
    wheel.arm(alarm, 1_040)
    wheel.remove(alarm)

    clock.advance(100)

    assert.deepEqual(alarm.fired, [])
    assert.equal(clock.waiting, 0)
  })

  test('an infinite deadline is dropped when its tick comes', () => {
    const { clock, wheel } = setUp()
    const alarm = new Alarm()
    wheel.arm(alarm, 1_040)
    alarm.deadline = Infinity

    clock.advance(100)

    assert.deepEqual(alarm.fired, [])
    assert.equal(wheel.size, 0)
  })

  test('arming inside onDeadline works, for itself and for others', () => {
    const { clock, wheel } = setUp()
    const other = new Alarm()
    const alarm: Alarm = new Alarm((now) => {
      if (alarm.fired.length === 1) wheel.arm(alarm, now + 50)
      wheel.remove(other)
    })
    wheel.arm(alarm, 1_010)
    wheel.arm(other, 1_020)

    clock.advance(200)

    assert.deepEqual(alarm.fired, [1_025, 1_075])
    assert.deepEqual(other.fired, [])
  })

  test('an owner that throws does not lose the deadlines behind it', () => {
    const { clock, wheel } = setUp()
    const bad = new Alarm(() => {
      throw new Error('bug')
    })
    const good = new Alarm()
    wheel.arm(bad, 1_010)
    wheel.arm(good, 1_011)

    assert.throws(() => clock.advance(30), /bug/)
    clock.advance(30)

    assert.equal(good.fired.length, 1)
  })

  test('whatever is armed, moved and removed, each fires once, within a tick of its last deadline', () => {
    const random = seededRandom(3)
    const { clock, wheel } = setUp(25, 16)
    const due = new Map<Alarm, number>()
    const wrong: string[] = []
    for (let i = 0; i < 400; i++) {
      const alarm: Alarm = new Alarm((now) => {
        const late = now - (due.get(alarm) ?? Infinity)
        if (!due.delete(alarm) || late < 0 || late > 25) wrong.push(`${i}: ${late} ms late`)
      })
      arm(wheel, due, alarm, clock.now() + random() * 2_000)
    }
    for (let i = 0; i < 3_000; i++) {
      const alarm = [...due.keys()][Math.floor(random() * due.size)]
      const what = random()
      if (alarm === undefined) break
      if (what < 0.05) {
        wheel.remove(alarm)
        due.delete(alarm)
      } else if (what < 0.5) {
        alarm.deadline += random() * 1_000
        due.set(alarm, alarm.deadline)
      } else if (what < 0.8) arm(wheel, due, alarm, clock.now() + random() * 1_000)
      clock.advance(random() * 5)
    }
    clock.advance(5_000)

    assert.deepEqual(wrong, [])
    assert.equal(due.size, 0)
    assert.equal(clock.waiting, 0)
  })
})

function arm(wheel: TimerWheel, due: Map<Alarm, number>, alarm: Alarm, deadline: number): void {
  wheel.arm(alarm, deadline)
  due.set(alarm, deadline)
}
