import { ControlPlane } from '../../../support/kubernetes/control-plane.ts'
import { openNetwork } from '../../../support/kubernetes/network.ts'
import { printTable, type Row } from '../statistics.ts'
import { changeRows } from './changes.ts'
import { churnRows } from './churn.ts'
import { startPods } from './pods.ts'
import { populate, size } from './population.ts'
import { rolloutRow } from './rollout.ts'
import { startRows } from './starts.ts'
import { startController } from './subject.ts'

// Runs in a network namespace that `run.ts` made. `--quick` makes a tenth of the changes and of the time, to see that all works.

const isQuick = process.argv.includes('--quick')
const only = process.argv.filter((word) => word.startsWith('--only=')).map((word) => word.slice(7))
openNetwork()
const rows = await measured()
printTable(rows)
// The pods and connections of clients would keep the process.
process.exit(rows.every(({ verdict }) => verdict === 'reached') ? 0 : 1)

async function measured(): Promise<Row[]> {
  await using plane = await ControlPlane.start()
  const { client, kubeconfig } = plane.access
  await startPods()
  console.log(
    `making ${size.ingresses} Ingresses with ${size.paths} paths, ${size.services} Services, ${size.endpoints} endpoints`,
  )
  await populate(client)
  const rows: Row[] = []
  if (wanted('start')) rows.push(...(await startRows(kubeconfig, isQuick ? 1 : 5)))
  await using controller = await startController(kubeconfig)
  if (wanted('changes')) rows.push(...(await changeRows(client, controller, isQuick ? 20 : 200)))
  if (wanted('churn')) rows.push(...(await churnRows(client, controller, isQuick ? 6 : 60)))
  if (wanted('rollout')) rows.push(await rolloutRow(client, controller, isQuick ? 2 : 20))
  return rows
}

function wanted(name: string): boolean {
  return only.length === 0 || only.includes(name)
}
