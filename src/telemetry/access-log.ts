import type { Observer, Outcome } from '../model/outcome.ts'
import type { Reason } from '../model/reasons.ts'
import type { AccessLogRule } from '../model/route.ts'
import type { AccessLogSettings } from '../model/settings.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { compileFormat, type LineFormat } from './access-log-format.ts'
import { LineWriter } from './line-writer.ts'

export interface AccessLogOptions {
  readonly settings: AccessLogSettings
  /** The rule of a route by its id; `undefined` logs every request. `""` is asked for requests without a route. */
  readonly ruleOf: (route: string) => AccessLogRule | undefined
  readonly clock: Clock
  /** A number in [0, 1), for sampling. */
  readonly random: () => number
  /** Hears of lines that could not be written, and why; see `LineWriter`. */
  readonly onDropped: (lines: number, why: string) => void
}

/** Lines are collected this long, or until there are 64 KiB of them. */
const collected: Ms = 50

/** Answers of the gateway that are nobody's failure. */
const intended: ReadonlySet<Reason> = new Set<Reason>(['redirect', 'fixed_response', 'options'])

/** One line for every request that its route wants logged; never waits for disk or reader. */
export class AccessLog implements Observer, AsyncDisposable {
  readonly #ruleOf: (route: string) => AccessLogRule | undefined
  readonly #random: () => number
  readonly #format: LineFormat
  /** `undefined` when the log is off. */
  readonly #writer: LineWriter | undefined

  /** @throws {RangeError} for a format that cannot be compiled. */
  constructor({ settings, ruleOf, clock, random, onDropped }: AccessLogOptions) {
    this.#ruleOf = ruleOf
    this.#random = random
    this.#format = compileFormat(settings.format, settings.query)
    if (settings.to !== 'off') {
      this.#writer = new LineWriter({ to: settings.to, clock, delay: collected, onDropped })
    }
  }

  /** @throws what opening the file throws; requests logged before are kept up to 4 MiB. */
  async start(): Promise<void> {
    await this.#writer?.open()
  }

  onEnd(outcome: Outcome): void {
    if (this.#writer === undefined) return
    const rule = this.#ruleOf(outcome.route)
    if (rule !== undefined && !this.#isWanted(rule, outcome)) return
    this.#writer.add(this.#format(outcome))
  }

  /** Opens the file anew after it was moved away. When that fails the old one is kept, and the promise rejects. */
  async reopen(): Promise<void> {
    await this.#writer?.reopen()
  }

  /** Writes what is left, for at most `timeout`. */
  async close(timeout?: Ms): Promise<void> {
    await this.#writer?.close(timeout)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #isWanted(rule: AccessLogRule, outcome: Outcome): boolean {
    if (rule.enabled === 'off' || (rule.enabled === 'errors' && !isError(outcome))) return false
    return rule.sample >= 1 || this.#random() < rule.sample
  }
}

/** A status from 400 on, a gRPC call that is not OK, or a response that did not go through complete. */
function isError(outcome: Outcome): boolean {
  if (outcome.grpcStatus > 0) return true
  return outcome.status >= 400 || (outcome.reason !== undefined && !intended.has(outcome.reason))
}
