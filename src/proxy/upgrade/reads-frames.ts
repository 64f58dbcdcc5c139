import type { UpgradeRules } from '../../model/route.ts'

/** Whether the rules ask for more than bytes, so that the frames of a websocket have to be read. A ping only needs their ends. */
export function readsFrames({ messageBytes, messagesPerSecond }: UpgradeRules): boolean {
  return messageBytes > 0 || messagesPerSecond > 0
}

/** Whether messages have to be as large as they look: then no extension may compress them. */
export function forbidsExtensions({ messageBytes }: UpgradeRules): boolean {
  return messageBytes > 0
}
