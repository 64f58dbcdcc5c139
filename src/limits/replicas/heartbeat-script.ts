import { hash } from 'node:crypto'
import type { StoreScript } from '../store-link.ts'

/**
 * Enters one gateway among those that share the store, and counts them. `KEYS[1]` holds them all, in pairs of an id and the time of
 * its last heartbeat in milliseconds, by the clock of Redis. `ARGV`: the id; for how many milliseconds a heartbeat counts; whether
 * this is the last one (`leave`). One text under one key, so that a user of Redis needs no rights besides those for limits.
 */
const text = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local life = tonumber(ARGV[2])
local stored = redis.pcall('GET', KEYS[1])
local alive = {}
if ARGV[3] ~= 'leave' then alive[1] = ARGV[1] .. ' ' .. string.format('%.0f', now) end
for id, at in string.gmatch(type(stored) == 'string' and stored or '', '(%w+) (%d+)') do
  -- Of a clock that has jumped back, too: nobody is from the future.
  local age = now - tonumber(at)
  if id ~= ARGV[1] and age < life and age > -life then alive[#alive + 1] = id .. ' ' .. at end
end
redis.call('SET', KEYS[1], table.concat(alive, ' '), 'PX', ARGV[2])
return {#alive}
`

export const heartbeatScript: StoreScript = { text, sha: hash('sha1', text, 'hex') }
