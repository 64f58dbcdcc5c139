import type { RedisAddress } from '../model/redis-store.ts'

/** How many slots a Cluster has (Redis Cluster Specification, "Key distribution model"). */
export const slotCount = 16_384

/** Slots that one master serves. */
export interface SlotRange {
  readonly from: number
  /** The last one, which is among them. */
  readonly to: number
  readonly master: RedisAddress
}

/** The slot of a key: CRC16 of what stands between its first braces, or of all of it. The key is ASCII, as ours are. */
export function slotOf(key: string): number {
  const open = key.indexOf('{')
  const close = open < 0 ? -1 : key.indexOf('}', open + 1)
  const isTagged = close > open + 1
  const end = isTagged ? close : key.length
  let crc = 0
  for (let i = isTagged ? open + 1 : 0; i < end; i++)
    crc = ((crc << 8) & 0xffff) ^ (crc16[(crc >> 8) ^ (key.charCodeAt(i) & 0xff)] ?? 0)
  return crc & (slotCount - 1)
}

/**
 * Reads what CLUSTER SLOTS replies: a list of `[from, to, [host, port, …], …replicas]`. What is no such entry is left out.
 *
 * @param host stands for a master that names none: it is the node that was asked, or has the same name.
 */
export function readSlots(reply: unknown, host: string): readonly SlotRange[] {
  return listOf(reply).flatMap((entry) => {
    const [from, to, master] = listOf(entry)
    const [name, port] = listOf(master)
    if (!isSlot(from) || !isSlot(to) || typeof port !== 'number') return []
    const isNamed = typeof name === 'string' && name !== '' && name !== '?'
    return [{ from, to, master: { host: isNamed ? name : host, port } }]
  })
}

/** `10.0.0.5:6379`, or `::1:6379`, as the nodes of a Cluster write each other's addresses. */
export function nodeName({ host, port }: RedisAddress): string {
  return `${host}:${port}`
}

/** @param host stands for one that is left out. */
export function addressOf(name: string, host: string): RedisAddress {
  const colon = name.lastIndexOf(':')
  return { host: colon === 0 ? host : name.slice(0, colon), port: Number(name.slice(colon + 1)) }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isSlot(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < slotCount
}

/** CRC-16/XMODEM, as the specification names it. */
const crc16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})
