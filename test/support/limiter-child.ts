import { setTimeout as pause } from 'node:timers/promises'
import { limitOf, redisStage } from './redis-limiter.ts'

// A gateway's worth of questions about one limit, in a process of its own: PORT[,PORT…] --rate N --burst N --seconds N.
// Prints when its first question and its last answer were, by the time of day, and how many were admitted.

const [ports = '', ...args] = process.argv.slice(2)

function option(name: string): number {
  return Number(args[args.indexOf(`--${name}`) + 1])
}

const [port = 0, ...others] = ports.split(',').map(Number)
await using stage = await redisStage(others.length === 0 ? port : [port, ...others], {
  settings: { deadline: 5000 },
})
const limit = limitOf(option('rate'), option('burst'), { id: 'processes' })
const from = Date.now()
const until = from + option('seconds') * 1000
let admitted = 0
while (Date.now() < until) {
  const { kind, by } = await stage.take(limit)
  if (kind === 'admitted' && by === 'store') admitted++
  if (kind !== 'admitted') await pause(1)
}
console.log(JSON.stringify({ admitted, from, until: Date.now() }))
