import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { provide, type Tool } from '../packages.ts'
import { root } from '../source-files.ts'
import { controlPlanePrograms } from './binaries.ts'
import { unpacked } from './event-transport.ts'
import { helmProgram } from './helm.ts'
import { namespaceCommand } from './network.ts'

/** What is to be run. */
export interface SuiteOrder {
  /** Absolute paths. */
  readonly files: readonly string[]
  /** Patterns of test names; all tests when empty. */
  readonly names: readonly string[]
}

const tools: readonly Tool[] = [
  { program: 'ip', debian: 'iproute2', why: 'makes the network of pods, in test/kubernetes' },
  { program: 'unshare', debian: 'util-linux', why: 'makes their network namespace' },
  { program: 'setpriv', debian: 'util-linux', why: 'ends a control plane with its test' },
  { program: 'flock', debian: 'util-linux', why: 'lets one run at a time build the control plane' },
]

/** Whether a file of the repository is a test of test/kubernetes. */
export function needsControlPlane(file: string): boolean {
  return file.startsWith('test/kubernetes/')
}

/** Runs test files in a network namespace of their own, beside one control plane for all of them. */
export class SuiteProcess {
  /** The words of a command line that start a program in a namespace of its own. */
  readonly namespace: readonly [string, ...string[]]

  private constructor(namespace: readonly [string, ...string[]]) {
    this.namespace = namespace
  }

  /**
   * Makes sure that everything is there, which may take minutes the first time: within the namespace nothing can be fetched.
   *
   * @returns `undefined` when something is missing; what to do is printed then.
   */
  static async prepare(): Promise<SuiteProcess | undefined> {
    if (!provide(tools)) return undefined
    try {
      await controlPlanePrograms()
      await helmProgram()
      return new SuiteProcess(namespaceCommand())
    } catch (error) {
      console.error((error as Error).message)
      return undefined
    }
  }

  /** Runs them, and hands on every event. @throws {Error} when it did not come to its end. */
  async run(order: SuiteOrder, signal: AbortSignal, onEvent: (event: TestEvent) => void): Promise<void> {
    signal.throwIfAborted()
    const [program, ...words] = this.namespace
    const main = join(root, 'test/support/kubernetes/suite.ts')
    const child = spawn(program, [...words, process.execPath, main, JSON.stringify(order)], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.on('message', (message) => onEvent(unpacked(message)))
    const abort = (): void => {
      if (child.connected) child.disconnect()
    }
    signal.addEventListener('abort', abort)
    // The end of the channel comes after its last message.
    const [[code, by]] = (await Promise.all([once(child, 'exit'), once(child, 'disconnect')])) as [
      [number | null, string | null],
      unknown,
    ]
    signal.removeEventListener('abort', abort)
    if (code !== 0) throw new Error(`the run of test/kubernetes ended with ${by ?? code}`)
  }
}
