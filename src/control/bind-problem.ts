import { printAddress } from '../model/address.ts'
import type { Problem } from '../model/problem.ts'
import type { BindFailure } from './listening-sockets.ts'

interface Advice {
  readonly why: string
  readonly remedy: string
}

const again = 'binding is tried again by itself'

/** By the system's name for what went wrong; hints for what operators meet. */
const adviceByCode: Readonly<Record<string, Advice>> = {
  EADDRINUSE: {
    why: 'the address is in use',
    remedy: `stop what holds it ("ss -ltnp" tells), or choose another; ${again}`,
  },
  EACCES: {
    why: 'not permitted',
    remedy: `use a port from 1024 up, or give the process CAP_NET_BIND_SERVICE; for a unix socket, see the folder's permissions; ${again}`,
  },
  EADDRNOTAVAIL: {
    why: 'no interface of this host has the address',
    remedy: `write one that "ip address" shows, or 0.0.0.0 or [::] for all; ${again}`,
  },
  EAFNOSUPPORT: {
    why: 'this host has no IPv6',
    remedy: `write an IPv4 address; ${again}`,
  },
}

/** A listener that could not be bound, as a problem shown where the listener stands. */
export function bindProblem({ listener, code, stillAt }: BindFailure): Problem {
  const { why, remedy } = adviceByCode[code] ?? {
    why: 'the system refused',
    remedy: `see the code; ${again}`,
  }
  const meanwhile = stillAt === undefined ? '' : `; it still listens on "${printAddress(stillAt)}"`
  return {
    severity: 'error',
    origin: listener.origin,
    message: `listener "${listener.id}" cannot listen on "${printAddress(listener.address)}": ${why} (${code})${meanwhile}`,
    remedy,
  }
}
