/** Whether two pieces of a model, which are canonical and JSON-able, say the same. */
export function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
