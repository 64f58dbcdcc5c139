/** The `date` field's value, made anew once a second: `"Sun, 06 Nov 1994 08:49:37 GMT"` (IMF-fixdate, RFC 9110 §5.6.7). */
export class DateText {
  #second = -1
  #text = ''

  /** @param wall milliseconds since 1970. */
  at(wall: number): string {
    const second = Math.floor(wall / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(second * 1000).toUTCString()
    }
    return this.#text
  }
}
