/** What answers of the gateway itself say in the place of its own short text. The first page that is for a status counts. */
export interface ErrorPages {
  readonly pages: readonly ErrorPage[]
}

export interface ErrorPage {
  /** From 400 on; empty for all. */
  readonly statuses: readonly number[]
  readonly body: string
  /** `text/html; charset=utf-8`. */
  readonly contentType: string
}
