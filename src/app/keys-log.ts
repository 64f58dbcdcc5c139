import type { KeysEvent } from '../filters/jwt/fetch-keys.ts'
import type { Logger } from '../telemetry/log.ts'

/** Tells what becomes of the keys of issuers: good news as information, stale keys as a warning, none at all as an error. */
export function keysLog(logger: Logger): (event: KeysEvent) => void {
  return ({ url, from, to, cause }) => {
    const fields = { url, was: from, cause }
    switch (to) {
      case 'pending':
      case 'fresh':
        return logger.info(`keys of tokens are ${to}`, fields)
      case 'stale':
        return logger.warn(
          'keys of tokens are stale: they cannot be fetched, and the last ones stay in use',
          fields,
        )
      case 'gone':
        return logger.error('there are no keys of tokens: routes that ask for them answer 503', fields)
    }
  }
}
