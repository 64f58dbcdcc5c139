import { certificatesOf } from './material-ids.ts'
import type { Model } from './model.ts'
import type { Problem } from './problem.ts'
import type { Certificate } from './tls.ts'

const day = 86_400_000
/** Days before the end at which the warning changes: whoever watches for changes hears of each. */
const stages = [3, 14, 30] as const

/** How a certificate stands by its dates; `undefined` when all is well. */
export interface DateFault {
  readonly certificate: Certificate
  /** `expired`, `early`, or the days it has left at most. */
  readonly stage: 'expired' | 'early' | (typeof stages)[number]
  readonly problem: Problem
}

/**
 * Certificates of a model that have expired, are about to, or are not valid yet; each once, wherever it is used. Warnings: they are
 * served all the same, since a client that refuses an old certificate is better off than one that gets no answer.
 *
 * @param now milliseconds since 1970.
 */
export function dateFaults(model: Pick<Model, 'listeners' | 'clusters'>, now: number): readonly DateFault[] {
  const byFingerprint = new Map(certificatesOf(model).map((one) => [`${one.fingerprint} ${one.file}`, one]))
  return [...byFingerprint.values()].flatMap((certificate) => faultOf(certificate, now) ?? [])
}

function faultOf(certificate: Certificate, now: number): DateFault | undefined {
  const { notBefore, notAfter } = certificate
  const left = notAfter - now
  if (left <= 0) {
    const days = Math.floor(-left / day)
    const since = days === 0 ? 'today' : `${days} ${days === 1 ? 'day' : 'days'} ago`
    return fault(certificate, 'expired', `expired ${since}, on ${dateOf(notAfter)}, and clients refuse it`)
  }
  if (notBefore > now) return fault(certificate, 'early', `is not valid before ${dateOf(notBefore)}`)
  const stage = stages.find((days) => left <= days * day)
  if (stage === undefined) return undefined
  const days = Math.floor(left / day)
  const when = days === 0 ? 'within a day' : `in ${days} ${days === 1 ? 'day' : 'days'}`
  return fault(certificate, stage, `expires ${when}, on ${dateOf(notAfter)}`)
}

function fault(certificate: Certificate, stage: DateFault['stage'], what: string): DateFault {
  const { file, names, origin } = certificate
  const name = names[0] === undefined ? '' : ` for ${names[0]}`
  const message = `the certificate${name} in ${JSON.stringify(file)} ${what}`
  const remedy =
    stage === 'early'
      ? 'look at the clock of this host, or wait'
      : 'renew it: the new file is taken up by itself'
  return { certificate, stage, problem: { severity: 'warning', origin, message, remedy } }
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
