/** What to accept on: an inherited handle or descriptor, or an address to bind. */
export type ListenHandle =
  | { readonly kind: 'handle'; readonly handle: object }
  | { readonly kind: 'fd'; readonly fd: number }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** What `net.Server.listen` is told. */
export function listenOptions(on: Exclude<ListenHandle, { kind: 'handle' }>, backlog: number): object {
  switch (on.kind) {
    case 'fd':
      return { fd: on.fd }
    case 'tcp':
      return { host: on.host, port: on.port, backlog }
    case 'unix':
      return { path: on.path, backlog }
  }
}
