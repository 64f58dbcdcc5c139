import { provide } from '../../support/packages.ts'
import { warnWhenBusy } from './busy.ts'
import { gateways, type LimitedRun, limitedRun, type Posture, rate, type Tally } from './limited-gateways.ts'

// Issue 6, "Must show" 2: four gateways admit together what one rule with burst 0 in one Redis says, within 1 %; and Redis is killed
// in the middle of the load, once for each posture.

/** What the share in Redis holds at once, and what all shares in memory hold together: what flows in 10 ms, and one. */
const held = rate / 100 + 1
/** Of the rate, what gateways that count alone must admit: time in which nobody asks is lost once a gateway's small share is full. */
const leastAlone = 0.9

const seconds = Number(/--seconds (\d+)/.exec(process.argv.join(' '))?.[1] ?? 60)
let missed = 0

if (!provide([{ program: 'redis-server', debian: 'redis-server', why: 'counts the limit' }])) process.exit(1)
await warnWhenBusy()
console.log(`\nmust show 2 of issue 6: ${gateways} gateways, one rule ${rate}/s with burst 0, ${seconds} s`)
await steady()
await withoutRedis()
if (missed > 0) process.exitCode = 1

async function steady(): Promise<void> {
  // Closed: what Redis does not answer in time is seen as 503, and not admitted uncounted.
  const run = await limitedRun('closed', seconds, 'kept')
  const percent = (100 * run.before.admitted) / ((rate * run.beforeMs) / 1000)
  const offered = perSecond(answers(run.before), run.beforeMs)
  const well = Math.abs(percent - 100) <= 1 && isWhole(run)
  console.log(
    `  ${verdict(well)}: admitted ${run.before.admitted} of ${answers(run.before)} in ${(run.beforeMs / 1000).toFixed(2)} s: ` +
      `${percent.toFixed(2)} % of rate × time (99 to 101), offered ${offered}/s, ${run.before.unavailable} with 503, ${run.failed} failed ${run.reasons}`,
  )
}

async function withoutRedis(): Promise<void> {
  console.log('\n  Redis killed by SIGKILL in the middle')
  const head = ['onStoreError', 'requests', 'admitted', '429', '503', 'failed']
  const lines = [[...head, 'admitted/s before', 'after', 'noticed in', 'as configured']]
  for (const posture of ['open', 'closed', 'local'] as const) {
    const run = await limitedRun(posture, seconds, 'killed')
    lines.push([
      posture,
      ...[run.sent, run.all.admitted, run.all.limited, run.all.unavailable, run.failed].map(String),
      perSecond(run.before.admitted, run.beforeMs),
      `${perSecond(run.after.admitted, run.afterMs)} of ${perSecond(answers(run.after), run.afterMs)}`,
      `${Math.round(run.noticedMs)} ms`,
      verdict(isWhole(run) && isAsConfigured(posture, run)),
    ])
  }
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length))) ?? []
  for (const line of lines) {
    console.log(`  | ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`)
  }
}

function verdict(well: boolean): string {
  if (!well) missed++
  return well ? 'reached' : 'MISSED'
}

/** Every request was answered, and as a limit answers. */
function isWhole({ all, sent, failed }: LimitedRun): boolean {
  return failed === 0 && all.other === 0 && all.unexplained === 0 && answers(all) === sent
}

function isAsConfigured(posture: Posture, { all, allMs, after, afterMs }: LimitedRun): boolean {
  const asked = answers(after)
  switch (posture) {
    case 'open':
      return asked > 0 && after.admitted === asked && all.unavailable === 0
    case 'closed':
      return asked > 0 && after.unavailable === asked
    case 'local':
      return (
        all.unavailable === 0 &&
        after.admitted >= (leastAlone * rate * afterMs) / 1000 &&
        // In the whole of the run: what Redis admitted, and what was admitted without it.
        all.admitted <= (rate * allMs) / 1000 + 2 * held
      )
  }
}

function answers({ admitted, limited, unavailable, other }: Tally): number {
  return admitted + limited + unavailable + other
}

function perSecond(count: number, ms: number): string {
  return ((1000 * count) / ms).toFixed(0)
}
