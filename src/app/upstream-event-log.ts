import type { Logger } from '../telemetry/log.ts'
import type { UpstreamEvent } from '../upstream/events.ts'

/** Tells what clusters report of themselves: good news as information, the rest as warnings. */
export function upstreamEventLog(logger: Logger): (event: UpstreamEvent) => void {
  return (event) => {
    const { cluster } = event
    switch (event.kind) {
      case 'endpoint': {
        const { endpoint, from, to, cause } = event
        const level = to === 'unhealthy' || to === 'ejected' ? 'warn' : 'info'
        return logger[level](`endpoint is ${to}`, { cluster, endpoint, was: from, cause })
      }
      case 'endpoints': {
        const { added, removed, by } = event
        // Pods come and go all day long, and every worker hears of each.
        return logger[by === 'dns' ? 'info' : 'debug']('endpoints changed', { cluster, added, removed, by })
      }
      case 'panic': {
        const { priority, to, cause } = event
        return logger[to === 'off' ? 'info' : 'warn'](`panic is ${to}`, { cluster, priority, cause })
      }
      case 'dns': {
        const { from, to, cause } = event
        const level = to === 'stale' || to === 'gone' ? 'warn' : 'info'
        return logger[level](`DNS answer is ${to}`, { cluster, was: from, cause })
      }
    }
  }
}
