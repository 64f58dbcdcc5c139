import type { Random } from './random.ts'
import * as words from './words.ts'

const canary = 'GET /smug HTTP/1.1\r\nHost: a.test\r\n\r\n'

/** Requests: mostly right, and wrong in one or two places that parsers have disagreed about. */
export function generateRequest(random: Random): string {
  return new Generator(random).request()
}

/** Responses, 1xx in front of some. */
export function generateResponse(random: Random): string {
  return new Generator(random).response()
}

class Generator {
  readonly #random: Random
  /** Once in so many choices something odd is said. */
  readonly #oddity: number

  constructor(random: Random) {
    this.#random = random
    this.#oddity = random.pick([8, 25, 60, 1000])
  }

  request(): string {
    const random = this.#random
    const start = `${this.#say(words.methods)} ${this.#say(words.targets)} ${this.#say(words.versions)}${this.#end()}`
    const { fields, body } = this.#framed()
    const lines = [...fields, ...this.#lines(words.requestLines)]
    if (!random.once(this.#oddity)) lines.push(`Host:${this.#say(words.blanks)}${this.#say(words.hosts)}`)
    const text = `${random.once(30) ? '\r\n' : ''}${start}${this.#block(lines)}${body}`
    if (random.once(4)) return text + canary
    return random.once(6) ? text + this.request() : text
  }

  response(): string {
    const random = this.#random
    const status = this.#say(words.statuses)
    const { fields, body } = this.#framed()
    const isInterim = status.startsWith('10')
    const lines = [...(isInterim ? [] : fields), ...this.#lines(words.responseLines)]
    const text = `${this.#say(words.versions)} ${status}${this.#end()}${this.#block(lines)}`
    if (isInterim) return text + this.response()
    return random.once(6) ? `${text}${body}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok` : text + body
  }

  #block(lines: readonly string[]): string {
    let text = ''
    const left = [...lines]
    while (left.length > 0) text += left.splice(this.#random.below(left.length), 1).join('') + this.#end()
    return text + this.#end()
  }

  #framed(): { fields: string[]; body: string } {
    const data = 'abcdefghijklmnopqrstuvwxyz'.slice(0, this.#random.below(27))
    const length = `Content-Length:${this.#say(words.blanks)}${this.#say(words.lengths).replaceAll('=', String(data.length))}`
    const coding = `Transfer-Encoding:${this.#say(words.blanks)}${this.#say(words.codings)}`
    switch (this.#random.below(this.#oddity < 30 ? 5 : 4)) {
      case 0:
        return { fields: [], body: this.#random.once(this.#oddity) ? data : '' }
      case 1:
        return { fields: [length], body: data }
      case 4:
        return { fields: [length, this.#random.once(3) ? length : coding], body: this.#chunks() }
      default:
        return { fields: [coding], body: this.#chunks() }
    }
  }

  #chunks(): string {
    let body = ''
    for (let count = this.#random.below(4); count > 0; count--) {
      const data = 'abcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n'.slice(0, 1 + this.#random.below(33))
      const size = data.length.toString(16)
      const written = this.#random.once(4) ? size.toUpperCase() : size
      body += `${this.#say(words.sizes).replaceAll('=', written)}${this.#extension()}${this.#end()}${data}${this.#end()}`
    }
    const lines = this.#random.once(3) ? this.#lines(words.trailers) : []
    return `${body}0${this.#extension()}${this.#end()}${this.#block(lines)}`
  }

  #extension(): string {
    return this.#random.once(5) ? this.#say(words.extensions) : ''
  }

  #lines(list: words.Words): string[] {
    return Array.from({ length: this.#random.below(5) }, () => this.#say(list))
  }

  #end(): string {
    return this.#random.once(this.#oddity * 5) ? this.#random.pick(words.lineEnds.odd) : '\r\n'
  }

  #say(list: words.Words): string {
    return this.#random.pick(this.#random.once(this.#oddity) ? list.odd : list.good)
  }
}
