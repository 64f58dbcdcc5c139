import { readJwkSet } from '../../model/jwk-set.ts'
import { Flaw, type Format } from './flaw.ts'

/** Where a JWK set is fetched: `"https://login.example.com/jwks.json"`. */
export const jwksUrl: Format<string> = {
  noun: 'a URL of a JWK set',
  example: '"https://login.example.com/.well-known/jwks.json"',
  pattern: '^https?://[^\\s#]+$',
  read(text) {
    const wrong = new Flaw('is not a URL of a JWK set', `write ${this.example}`)
    if (!/^https?:\/\/[\x21-\x7e]{1,2000}$/i.test(text) || !URL.canParse(text)) return wrong
    const url = new URL(text)
    if (url.username !== '' || url.password !== '')
      return new Flaw('holds credentials, and keys are public', 'leave them out')
    return url.hash === '' ? url.href : new Flaw('has a fragment, which is never sent', 'leave it out')
  },
}

/** A JWK set as text: JSON as RFC 7517 has it. */
export const jwkSet: Format<string> = {
  noun: 'a JWK set',
  example: `'{"keys":[{"kty":"EC", …}]}'`,
  pattern: undefined,
  read(text) {
    const set = readJwkSet(text)
    if (typeof set === 'string')
      return new Flaw(set, `write a JWK set with public keys (RFC 7517), such as ${this.example}`)
    return set.skipped.some((why) => why.includes('private') || why.includes('secret'))
      ? new Flaw('holds a private key or a shared secret', 'write the public keys alone, and make new ones')
      : text
  },
}

/** What a claim is compared with, or its name. */
export const claimText: Format<string> = {
  noun: 'a text of a claim',
  example: 'text of at most 1024 characters, without control characters',
  pattern: undefined,
  read: (text) =>
    text === '' || text.length > 1024 || /\p{Cc}/u.test(text)
      ? new Flaw('is no text that a claim can be compared with', `write ${claimText.example}`)
      : text,
}
