import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { controlPlanePrograms } from '../../../support/kubernetes/binaries.ts'
import { namespaceCommand } from '../../../support/kubernetes/network.ts'
import { provide } from '../../../support/packages.ts'

// `npm run bench -- kubernetes`: start, changes, churn and rollouts against a real API server, in a network namespace of its own in which pods
// have addresses. What has to be built or installed is, before.

const tools = [
  { program: 'ip', debian: 'iproute2', why: 'makes the network of pods' },
  { program: 'wrk', debian: 'wrk', why: 'makes the load' },
  { program: 'unshare', debian: 'util-linux', why: 'makes their network namespace' },
]
if (!provide(tools)) process.exit(1)
await controlPlanePrograms()
const [program, ...words] = namespaceCommand()
const main = join(import.meta.dirname, 'main.ts')
const child = spawn(program, [...words, process.execPath, main, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
const [code] = (await once(child, 'close')) as [number | null]
if (code !== 0) process.exitCode = 1
