import type { RequestHead } from '../../wire/h1/request-head.ts'
import { forwardingFields, type ListenerRuntime } from '../listener-runtime.ts'

/** The forwarding fields of one connection; for an untrusted peer they differ from request to request only with the host. */
export class Forwarding {
  #listener: ListenerRuntime | undefined = undefined
  #authority = ''
  #version = 1
  #text = ''

  fields(listener: ListenerRuntime, head: RequestHead, peerAddress: string, trusted: boolean): string {
    if (trusted || head.via !== '') return forwardingFields(listener, head, peerAddress, 'http')
    const same =
      listener === this.#listener && head.authority === this.#authority && head.version === this.#version
    if (same) return this.#text
    this.#listener = listener
    this.#authority = head.authority
    this.#version = head.version
    this.#text = forwardingFields(listener, head, peerAddress, 'http')
    return this.#text
  }
}
