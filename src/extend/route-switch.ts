import type { ExtensionCall, ExtensionEvents, ExtensionHost, ExtensionRequest } from './call.ts'
import type { GroupRunner } from './group-runner.ts'
import { describeFailure } from './start-failure.ts'

/** The extensions of one route, whichever serve it at the moment. */
export class RouteSwitch implements ExtensionHost {
  readonly upgrades = 'carried'
  #wanted: GroupRunner
  #serving: GroupRunner

  constructor(first: GroupRunner) {
    this.#wanted = first
    this.#serving = first
  }

  get unavailable(): string | undefined {
    const { state, failure } = this.#serving
    switch (state) {
      case 'ready':
      case 'leaving':
        return undefined
      case 'starting':
        return 'its extensions are starting'
      case 'restarting':
        return 'its extensions died, and start anew'
      case 'failed':
        return `its extensions cannot start: ${failure === undefined ? 'nobody knows why' : describeFailure(failure)}`
    }
  }

  open(request: ExtensionRequest, events: ExtensionEvents): ExtensionCall | undefined {
    return this.#serving.open(request, events)
  }

  /** Whether there is something that could serve, if that which is asked for cannot. */
  canServe(): boolean {
    return isGood(this.#serving)
  }

  uses(runner: GroupRunner): boolean {
    return this.#serving === runner || this.#wanted === runner
  }

  /** Asks for a group; it serves once it can, and at once when nothing else does. */
  want(runner: GroupRunner): void {
    this.#wanted = runner
    this.turn()
  }

  /** Takes what is asked for into service, if it can serve now or nothing else does. */
  turn(): void {
    if (isGood(this.#wanted) || !isGood(this.#serving)) this.#serving = this.#wanted
  }
}

/** One that died is good: it starts anew. */
function isGood({ state }: GroupRunner): boolean {
  return state === 'ready' || state === 'restarting'
}
