import { hash } from 'node:crypto'
import type { Ms } from '../../std/units.ts'
import type { StoreScript } from '../store-link.ts'
import type { CallForm } from '../store-scripts.ts'

/** How long Redis keeps a permit of whom nothing is heard any more: what a gateway held that died. */
export const permitLease: Ms = 15_000
/** How often in a lease it is renewed: two times may be missed. */
export const renewalsInLease = 3

/**
 * Counts requests in flight in Redis. Each key is the sorted set of one share: the permits that are held, by the time when their leases
 * end, on the clock of Redis alone.
 *
 * `ARGV` holds the lease in milliseconds, then for each key the name of a permit and a number: above 0 a permit is asked for, of which
 * there may be so many; 0 says that it is still held, and puts it back if it was forgotten; below 0 gives it back. The reply holds for
 * each key how many more there could be, below 0 for a permit that is not given; 0 where none was asked for.
 *
 * A lease that ends later than any can is of a time before the clock of Redis went back, or before another Redis with a slower one took
 * over. Where one is in the way, others stand in for them for half a lease: until then all that are held were renewed.
 *
 * A key of another type is none of ours, and goes: by an expiry in the past, as DEL is a right more. After any other error nothing new
 * stays given, and what is given back or renewed in the same call is.
 */
const permitScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = tonumber(ARGV[1])
local failure

local function isError(result)
  return type(result) == 'table' and result.err
end

local function try(command, key, ...)
  local result = redis.pcall(command, key, ...)
  if isError(result) and string.find(result.err, 'WRONGTYPE', 1, true) then
    redis.pcall('PEXPIRE', key, '0')
    result = redis.pcall(command, key, ...)
  end
  if not isError(result) then return result end
  failure = failure or result
end

local function bringForward(key)
  local early = try('ZREMRANGEBYSCORE', key, string.format('(%.0f', now + 2 * lease), '+inf') or 0
  for i = 1, early do
    try('ZADD', key, string.format('%.0f', now + lease / 2), string.format('early:%.0f:%.0f', now, i))
  end
  if early > 0 then try('PEXPIRE', key, ARGV[1]) end
end

local reply = {}
local given = {}
for i = 1, #KEYS do
  local key = KEYS[i]
  local permit = ARGV[2 * i]
  local most = tonumber(ARGV[2 * i + 1])
  reply[i] = 0
  if most < 0 then
    try('ZREM', key, permit)
  else
    if most > 0 then
      try('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now))
      reply[i] = most - 1 - (try('ZCARD', key) or most)
      if reply[i] < 0 then bringForward(key) end
    end
    if reply[i] >= 0 then
      if most > 0 then given[#given + 1] = i end
      try('ZADD', key, string.format('%.0f', now + lease), permit)
      try('PEXPIRE', key, ARGV[1])
    end
  end
end
if failure then
  for _, i in ipairs(given) do redis.pcall('ZREM', KEYS[i], ARGV[2 * i]) end
  return failure
end
return reply
`

const script: StoreScript = { text: permitScript, sha: hash('sha1', permitScript, 'hex') }

/** @param lease whole milliseconds. */
export function permitForm(lease: Ms): CallForm {
  return { script, first: [String(lease)], before: () => [], replyLength: (keys) => keys }
}
