import { spawnSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { ControlPlane } from '../../support/kubernetes/control-plane.ts'
import { openNetwork } from '../../support/kubernetes/network.ts'
import { type OutageResult, openOutageStage, outage, outageKinds } from '../../support/kubernetes/outage.ts'
import { SuiteProcess } from '../../support/kubernetes/suite-process.ts'

// Issue 5, "Must show" 4: the API server is killed under load and started again after 60 s on the same port and data, and once it is
// stopped by SIGSTOP for 60 s, so that watches hang half open; no request fails, and a change that another API server took meanwhile
// is picked up. `--seconds 90` and more: a watch counts as dead after 75 s without a byte.

const seconds = Number(/--seconds (\d+)/.exec(process.argv.join(' '))?.[1] ?? 60)

if (process.argv.includes('--inside')) await demonstrate()
else await goInside()

/** Runs this again in a network namespace, where pods can be. */
async function goInside(): Promise<void> {
  const suite = await SuiteProcess.prepare()
  const [program = '', ...words] = suite?.namespace ?? []
  const args = [process.execPath, import.meta.filename, '--inside', '--seconds', String(seconds)]
  const status =
    suite === undefined ? 1 : spawnSync(program, [...words, ...args], { stdio: 'inherit' }).status
  if (status !== 0) process.exitCode = 1
}

async function demonstrate(): Promise<void> {
  openNetwork()
  console.log(`\nmust show 4 of issue 5: the API server is away for ${seconds} s under load, two workers`)
  let isWell = true
  for (const kind of outageKinds) {
    const plane = await ControlPlane.start()
    const around = await openOutageStage(plane)
    const result = await outage(kind, around, () => pause(seconds * 1000))
    console.log(`  ${kind.shown}`)
    isWell = told(result) && isWell
    await around.stage[Symbol.asyncDispose]()
    await plane.stop()
  }
  console.log(isWell ? '  reached: 0 requests failed, both changes picked up' : '  MISSED')
  if (!isWell) process.exitCode = 1
}

/** Prints a result; gives whether nothing failed. */
function told({ load, servedMeanwhile, pickedUpAfterMs }: OutageResult): boolean {
  const { answered, failed, refusedByStatus, notConnected, closed, reasons } = load
  const lost = failed + refusedByStatus + notConnected + closed
  console.log(`    ${answered} requests answered, ${lost} failed ${[...reasons].join(' ')}`)
  console.log(`    the change was in force ${Math.round(pickedUpAfterMs)} ms after the server was back`)
  return lost === 0 && !servedMeanwhile
}
