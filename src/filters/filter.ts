import type { BodyWish } from '../model/filters/body-wish.ts'
import type { Identity } from '../model/identity.ts'
import type { LocalReply } from '../model/reply.ts'
import type { RequestView } from '../model/request-view.ts'
import type { VerifiedCertificate } from '../model/verified-certificate.ts'
import type { Bytes } from '../std/units.ts'
import type { HeaderChange } from './authz/header-change.ts'
import type { ContentCoder } from './content-coder.ts'
import type { BodyDecoding } from './decompress.ts'
import type { Foresight } from './foresight.ts'
import type { Pending } from './subrequest.ts'

/** Both ends of a client's connection, as its socket or a PROXY header knows them. */
export interface ClientEnds {
  readonly source: { readonly address: string; readonly port: number }
  /** What it connected to. */
  readonly destination: { readonly address: string; readonly port: number }
}

/** A request on its way upstream, as filters may change it. */
export interface RequestDraft extends RequestView {
  readonly scheme: 'http' | 'https'
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2'
  /** What a trusted proxy says of its own side (`x-forwarded-proto`); `""` when it says nothing, or nobody is trusted. */
  readonly forwardedProto: string
  /** The host header as the client sent it: may hold a port. */
  readonly authority: string
  /** What the route's path match took of the path: `/api` of `/api/x`; the whole path for exact and regex. */
  readonly matchedPath: string
  /** What goes upstream; starts as `path`. */
  upstreamPath: string
  /** The host header upstream; `""` lets the cluster decide. */
  upstreamHost: string
  /** Header lines that go upstream, each `name: value\r\n`, end-to-end only, without host and framing. */
  fields: string
  /** What the client has shown and the handshake verified; `undefined` without. */
  readonly clientCertificate: VerifiedCertificate | undefined
  /** Who asks, once a filter has found out; filters behind it may go by it. */
  identity: Identity | undefined
  /** The query upstream; `undefined` leaves it as the client sent it. */
  upstreamQuery: string | undefined
  /** Header lines that filters add to the response, wherever that comes from. */
  responseFields: string
  /** What filters change of its headers after that, in their order. */
  responseChanges: readonly HeaderChange[]
  /** Worked out when it is asked; `undefined` for a unix socket. */
  ends(): ClientEnds | undefined
  /** Has content codings taken off the body on its way; whoever asks for it has taken them out of the fields. Once a request. */
  decode(decoding: BodyDecoding): void
  /** What a filter waits for, that is stopped when the request ends before. */
  pending: Pending | undefined
  /** What filters took for as long as the request is in flight, the latest first. */
  held: Held | undefined
}

/** What a request holds until it is over. */
export interface Held {
  /** What it held before. */
  readonly next: Held | undefined
  /** The request is over, however it ended. Called once. */
  giveBack(): void
}

/** A response on its way downstream, as filters may change it. */
export interface ResponseDraft {
  status: number
  /** Header lines, each `name: value\r\n`, end-to-end only, without framing. */
  fields: string
  /**
   * Bytes of its body as it comes from upstream, or as it is written in the configuration; -1 when nobody knows; 0 for other answers
   * of the gateway itself, and where HTTP is left.
   */
  length: Bytes
  /** Compresses the body on its way; whoever sets it has said so in the fields. */
  coder: ContentCoder | undefined
}

/** The first bytes of a request's body, as many as the filter wants; the whole body goes upstream later, whatever it saw. */
export interface BodyStart {
  readonly bytes: Buffer
  readonly isWhole: boolean
}

/** A body for an answer of the gateway itself. */
export interface OwnBody {
  /** latin1 text of the bytes. */
  readonly text: string
  readonly type: string
}

/** What a filter says after it has waited. */
export type LateReply = LocalReply | undefined | ((request: RequestDraft) => LocalReply | undefined)

/** One configured step of a route, set up once, run per request. What is true of all filters of a kind is in `facts.ts`. */
export interface Filter {
  /** The key in the configuration, for explain. */
  readonly kind: string
  /** One line for explain: what it is set to do. */
  readonly summary: string
  /**
   * Changes the draft, or answers instead of the upstream. Only a returned promise is awaited.
   *
   * The draft belongs to another request once this one is over, so what is to be changed after waiting is returned as a function,
   * which is called with the draft only if the request is still there.
   */
  readonly onRequest:
    | ((request: RequestDraft, body?: BodyStart) => LocalReply | undefined | Promise<LateReply>)
    | undefined
  /** Makes the request wait until that much of its body has come, which `onRequest` is given then. */
  readonly body?: BodyWish
  readonly onResponse: ((response: ResponseDraft, request: RequestView) => void) | undefined
  /** Request headers, in lower case, that the upstream hears from this filter alone: what clients send under these names in trailers is dropped. */
  readonly ownNames?: readonly string[]
  /** The body of an answer that the gateway gives itself, and would write a short text for, the same object every time; `undefined` leaves it at that. */
  readonly ownBody?: (status: number) => OwnBody | undefined
  /**
   * What it would do with a request that is not made, for explain: never asks anybody, never counts, never waits. May change the
   * draft as `onRequest` would. `by running` is for filters whose `onRequest` does none of that anyway and answers at once; without
   * it, explain says that nobody knows.
   */
  readonly foresee?: 'by running' | ((request: RequestDraft) => Foresight)
}
