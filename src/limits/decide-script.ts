import { hash } from 'node:crypto'
import type { StoreScript } from './store-link.ts'

/**
 * Decides in Redis over any number of questions, each of which stands for one request.
 *
 * `KEYS` holds the shares of all questions in turn. `ARGV` holds for each question the number of its shares, below 0 when it is not
 * decided but taken anyhow (and given back, where what is taken is below 0); and for each share what it holds at most, and what is
 * taken: for a rate both in microseconds, for a quota in requests. Where more has to be said, the first of them is a text of three
 * numbers: what it holds; what it may owe at most, in the same unit; the length of the window of a quota in microseconds, 0 for a rate.
 *
 * The reply is flat: for each question the index of the share that denies it from 1 on, or 0; the wait; and for each share
 * afterwards the time until it is full again, or until the window of a quota ends; and what is used of a quota (0 for a rate).
 *
 * The share of a rate is kept as the time when it is full again, since 2026 (so that fractions fit a double); that of a quota as the
 * number of the window since then, what was counted in it, and in the one before: see `quota.ts`. The clock is that of Redis alone. A
 * share expires when it is full. What is stored that is none counts as full. What is given back to a quota in the first two seconds of
 * a window may have been taken in the one before, and is lost: this one would admit more for it.
 */
const text = `
local time = redis.call('TIME')
local now = (time[1] - 1767225600) * 1000000 + time[2]

local function stored(name)
  local value = redis.pcall('GET', name)
  return type(value) == 'string' and value or ''
end

local function debtOf(name)
  return math.max((tonumber(stored(name)) or now) - now, 0)
end

local function countsOf(name, length)
  local window, current, previous = string.match(stored(name), '^(-?%d+) ([%d.]+) ([%d.]+)$')
  local passed = math.floor(now / length) - (tonumber(window) or -math.huge)
  if passed > 1 then return {0, 0} end
  current = tonumber(current) or 0
  if passed == 1 then return {0, current} end
  return {current, tonumber(previous) or 0}
end

local function quotaWait(current, previous, free, length)
  local gone = now % length
  local room = free - current
  if room >= 0 then
    return previous <= room and 0 or (1 - room / previous) * length - gone
  end
  return length - gone + math.max(0, math.min(1, 1 - free / current)) * length
end

local function quotaReset(current, previous, length)
  return (current > 0 or previous > 0) and length - now % length or 0
end

local function amountsOf(text)
  local capacity = tonumber(text)
  if capacity then return capacity, capacity, 0 end
  local most, length
  capacity, most, length = string.match(text, '^(%S+) (%S+) (%S+)$')
  return tonumber(capacity), tonumber(most), tonumber(length)
end

local known = {}
local reply = {}
local key = 0
local arg = 1
while arg <= #ARGV do
  local count = tonumber(ARGV[arg])
  local isDecided = count > 0
  count = math.abs(count)
  local after = {}
  local first = #reply + 1
  local by = 0
  local wait = 0
  reply[first] = 0
  reply[first + 1] = 0
  for i = 1, count do
    local name = KEYS[key + i]
    local capacity, most, length = amountsOf(ARGV[arg + 2 * i - 1])
    local taken = tonumber(ARGV[arg + 2 * i])
    local over
    if length == 0 then
      local debt = math.min(after[name] or known[name] or debtOf(name), most)
      over = debt + taken - capacity
      after[name] = isDecided and debt + taken or math.max(0, math.min(debt + taken, most))
      reply[first + 2 * i] = math.floor(debt)
      reply[first + 2 * i + 1] = 0
    else
      local counts = after[name] or known[name] or countsOf(name, length)
      local current = math.min(counts[1], most)
      local previous = math.min(counts[2], most)
      if taken < 0 and now % length < 2000000 then taken = 0 end
      over = quotaWait(current, previous, capacity - taken, length)
      local counted = isDecided and current + taken or math.max(0, math.min(current + taken, most))
      after[name] = {counted, previous, length}
      reply[first + 2 * i] = math.floor(quotaReset(current, previous, length))
      reply[first + 2 * i + 1] = math.ceil(current + previous * (1 - now % length / length) - 0.000001)
    end
    if isDecided and over > 0.1 and over > wait then
      wait = over
      by = i
    end
  end
  reply[first] = by
  reply[first + 1] = math.ceil(wait)
  if by == 0 then
    for i = 1, count do
      local name = KEYS[key + i]
      local share = after[name]
      local value
      local reset = share
      local life = share
      known[name] = share
      if type(share) == 'number' then
        value = string.format('%.3f', now + share)
      else
        local length = share[3]
        value = string.format('%.0f %.3f %.3f', math.floor(now / length), share[1], share[2])
        reset = quotaReset(share[1], share[2], length)
        life = share[1] > 0 and reset + length or reset
        reply[first + 2 * i + 1] = math.ceil(share[1] + share[2] * (1 - now % length / length) - 0.000001)
      end
      reply[first + 2 * i] = math.floor(reset)
      redis.call('SET', name, value, 'PX', string.format('%.0f', math.ceil(life / 1000) + 1))
    end
  end
  key = key + count
  arg = arg + 1 + 2 * count
end
return reply
`

/** Decides, takes and gives back. */
export const decideScript: StoreScript = { text, sha: hash('sha1', text, 'hex') }
