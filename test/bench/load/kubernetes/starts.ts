import { pause } from '../children.ts'
import { figure, type Row, row } from '../statistics.ts'
import { startController } from './subject.ts'

/** From the start of the process to ready, and the memory of the control process a while after. */
export async function startRows(kubeconfig: string, times: number): Promise<Row[]> {
  console.log(`\nstart: ${times} times`)
  const ready: number[] = []
  const memory: number[] = []
  for (let i = 0; i < times; i++) {
    await using controller = await startController(kubeconfig)
    ready.push(controller.readyMs / 1000)
    await pause(3000)
    memory.push(controller.controlMiB())
    console.log(`  ready after ${ready.at(-1)?.toFixed(2)} s, ${memory.at(-1)?.toFixed(0)} MiB`)
  }
  const atMost = 'at most'
  return [
    row('start to ready', { kind: atMost, must: 5, aim: 2, unit: ' s' }, figure(ready)),
    row(
      'control process, resident after the start',
      { kind: atMost, must: 250, aim: 200, unit: ' MiB', digits: 0 },
      figure(memory),
    ),
  ]
}
