import type { UpgradeRules } from '../../model/route.ts'

/** Whether the rules ask for more than bytes, so that the frames of a websocket have to be read. */
export function readsFrames({ ping, messageBytes, messagesPerSecond }: UpgradeRules): boolean {
  return ping > 0 || messageBytes > 0 || messagesPerSecond > 0
}
