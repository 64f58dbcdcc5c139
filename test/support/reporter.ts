import { relative } from 'node:path'
import type { EventData } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import { root } from './source-files.ts'

/** Catalogue ids stand first in the names of their tests: `F01 …`. */
const catalogueId = /^([A-Z]\d\d) /

/**
 * Reports a test run shortly: a line for each file as it ends, every failure in full, and at the end node's summary,
 * the catalogue ids that were tested, and every skipped test with its reason.
 */
export class Report {
  /** Whether the run as a whole failed. */
  failed = false
  readonly #print: (line: string) => void
  readonly #ids = new Set<string>()
  readonly #skipped: string[] = []
  readonly #failures: string[] = []
  #summary: EventData.TestSummary | undefined

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  /** Takes an event of `run()`. */
  on(event: TestEvent): void {
    if (event.type === 'test:pass') this.#onPass(event.data)
    if (event.type === 'test:fail') this.#onFail(event.data)
    if (event.type === 'test:summary') this.#onSummary(event.data)
    if (event.type === 'test:stderr') this.#print(event.data.message.trimEnd())
    if (event.type === 'test:interrupted') this.failed = true
  }

  /** A part of the run did not come to its end. */
  giveUp(error: Error): void {
    this.failed = true
    this.#failures.push(`✖ ${error.message}`)
  }

  /** Prints what is known only at the end. */
  end(): void {
    if (this.#failures.length > 0) this.#print(`\nfailed:\n\n${this.#failures.join('\n\n')}`)
    this.#print('')
    const counts = this.#summary?.counts
    if (counts === undefined) this.failed = true
    for (const [name, count] of Object.entries(counts ?? {})) {
      if (name !== 'topLevel') this.#print(`ℹ ${words[name] ?? name} ${count}`)
    }
    this.#print(`ℹ duration ${Math.round((this.#summary?.duration_ms ?? 0) / 1000)} s`)
    this.#print(`catalogue ids tested: ${this.#ids.size} (${grouped(this.#ids)})`)
    this.#print(this.#skipped.length === 0 ? 'skipped: none' : `skipped:\n${this.#skipped.join('\n')}`)
  }

  #onPass(data: EventData.TestPass): void {
    if (data.details.type === 'suite') return
    const { skip, todo } = data
    if (skip !== undefined && skip !== false) {
      this.#skipped.push(`  ${data.name}: ${skip === true ? 'NO REASON GIVEN' : skip}`)
      return
    }
    if (todo !== undefined && todo !== false) this.#skipped.push(`  ${data.name}: todo`)
    const id = catalogueId.exec(data.name)?.[1]
    if (id !== undefined) this.#ids.add(id)
  }

  #onFail(data: EventData.TestFail): void {
    const { error, type } = data.details
    // A suite fails because a test in it did; that one is shown.
    if (type === 'suite' && 'failureType' in error && error.failureType === 'subtestsFailed') return
    const cause =
      error.cause instanceof Error
        ? (error.cause.stack ?? error.cause.message)
        : inspect(error.cause ?? error)
    this.#failures.push(`✖ ${data.name}  (${this.#shown(data.file)}:${data.line ?? 0})\n${indented(cause)}`)
  }

  #onSummary(data: EventData.TestSummary): void {
    if (data.file === undefined) {
      this.#summary = this.#summary === undefined ? data : sum(this.#summary, data)
      if (!data.success) this.failed = true
      return
    }
    // By the file that ran: tests of a table are defined in another one.
    const { passed, tests } = data.counts
    const failed = tests - passed - data.counts.skipped - data.counts.todo
    const seconds = (data.duration_ms / 1000).toFixed(1).padStart(6)
    const sign = failed > 0 || !data.success ? '✖' : '✔'
    this.#print(
      `${sign} ${seconds} s  ${String(passed).padStart(5)} passed ${failed > 0 ? `${failed} FAILED ` : ''} ${this.#shown(data.file)}`,
    )
  }

  #shown(file: string | undefined): string {
    return file === undefined ? '' : relative(root, file)
  }
}

/** As node's own reporter words them. */
const words: Readonly<Record<string, string>> = { passed: 'pass', failed: 'fail' }

/** The summary of two runs. */
function sum(one: EventData.TestSummary, other: EventData.TestSummary): EventData.TestSummary {
  const counts = { ...one.counts }
  for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += other.counts[name]
  return {
    ...other,
    counts,
    duration_ms: one.duration_ms + other.duration_ms,
    success: one.success && other.success,
  }
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

/** `F 28, C 17`. */
function grouped(ids: ReadonlySet<string>): string {
  const groups = new Map<string, number>()
  for (const id of ids) groups.set(id.charAt(0), (groups.get(id.charAt(0)) ?? 0) + 1)
  return [...groups].map(([letter, count]) => `${letter} ${count}`).join(', ')
}
