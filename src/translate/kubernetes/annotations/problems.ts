import type { AnnotationProblem, AnnotationReason } from './annotations-read.ts'

/** More are not told one by one: an event for each would say less, not more. */
const mostTold = 40

/** Collects what is wrong with the annotations of one layer, and what must stay closed because of it. */
export class Findings {
  readonly problems: AnnotationProblem[] = []
  /** Sentences; empty when nothing has to be closed. */
  readonly blocked: string[] = []
  readonly #from: AnnotationProblem['from']
  #untold = 0

  constructor(from: AnnotationProblem['from']) {
    this.#from = from
  }

  /** Something that was left out. */
  refuse(annotation: string, reason: AnnotationReason, told: Told): void {
    this.#add({ annotation, reason, severity: 'error', from: this.#from, ...told })
  }

  /** Something that works, or says nothing, and not as one may think. */
  warn(annotation: string, reason: AnnotationReason, told: Told): void {
    this.#add({ annotation, reason, severity: 'warning', from: this.#from, ...told })
  }

  /** Closes the routes: what they protect cannot be held. `why` follows the name: `cannot be read`. */
  block(annotation: string, why: string): void {
    const sentence = `${annotation} ${why}`
    if (!this.blocked.includes(sentence)) this.blocked.push(sentence)
  }

  /** Takes over what others found, but for problems with annotations that are told elsewhere. */
  adopt(others: Findings, isTold: (annotation: string) => boolean): void {
    for (const problem of others.problems) if (isTold(problem.annotation)) this.#add(problem)
    this.#untold += others.#untold
    for (const sentence of others.blocked) if (!this.blocked.includes(sentence)) this.blocked.push(sentence)
  }

  /** All, and one that counts those that were too many. */
  told(): readonly AnnotationProblem[] {
    const last = this.problems.at(-1)
    if (this.#untold === 0 || last === undefined) return this.problems
    const message = `${this.#untold} further problems with annotations are not told one by one`
    return [...this.problems, { ...last, message, remedy: 'mend those that are told first' }]
  }

  #add(problem: AnnotationProblem): void {
    const { message, remedy } = problem
    if (this.problems.length < mostTold)
      this.problems.push({ ...problem, message: printable(message), remedy: printable(remedy) })
    else this.#untold += 1
  }
}

/** A value is at most 1 KiB long, and the sentence that prints one as filters has little besides. */
const longestSentence = 1500

/** What a terminal would act on instead of showing: it may come from a value by way of the YAML reader. */
const invisible = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

function printable(sentence: string): string {
  const shown = sentence.length > longestSentence ? `${sentence.slice(0, longestSentence)}…` : sentence
  return shown.replace(
    invisible,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** What a problem says. */
export interface Told {
  readonly message: string
  readonly remedy: string
}
