export interface ExplainRequest {
  readonly method: string
}
export interface Explanation {
  readonly routed: boolean
}
