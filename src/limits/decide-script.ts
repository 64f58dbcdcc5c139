import { hash } from 'node:crypto'
import type { StoreScript } from './store-link.ts'

/**
 * Decides in Redis over any number of questions, each of which stands for one request.
 *
 * `KEYS` holds the shares of all questions in turn. `ARGV` holds for each question the number of its shares, below 0 when it is not
 * decided but taken anyhow, or given back; and for each share what it holds at most, and what is taken: for a rate both in
 * microseconds, for a quota in requests. Where more has to be said, the first of them is a text of three numbers: what it holds; what
 * it may owe at most, in the same unit; the length of the window of a quota in microseconds, 0 for a rate. What is given back is a
 * text of four numbers in the place of what is taken: what was taken, the time that was replied then, and both numbers of the share.
 *
 * The reply is flat: for each question the index of the share that denies it from 1 on, or 0; the wait, or the time where none denies;
 * and for each share afterwards the time until it is full again, or until the window of a quota ends; and what is used of a quota, or
 * what a rate was given back.
 *
 * The share of a rate is kept as the time when it is full again, since 2026 (so that fractions fit a double); that of a quota as the
 * number of the window since then, what was counted in it, and in the one before: see `quota.ts`. The clock is that of Redis alone. A
 * share expires when it is full. What is stored that is none, of any type, counts as full and is replaced; that Redis lets nobody read it
 * is an error.
 *
 * Where that clock went back, or another Redis with a slower one took over, a share owes no more than it may, and all that was counted
 * of a quota counts as if it had come in the present window. That is kept at once, denied or not, so that time goes on from there.
 *
 * No share is given back more than it would have now if it had never been taken from. Of a quota that is what was taken, out of the
 * window in which it was. Of a rate it is what has not drained by itself. Debt drains first in, first out: the end of a take is the time
 * at which the share was to be full right after it, less what has been given back since of takes in front of it; what of it lies
 * before now has drained. Giving back the rest leaves the debt of all others as it is, and that is never below what it would be alone.
 *
 * So a share of a rate keeps, once it was given something back, how much that was in all, and of the last ones when they were taken and
 * how much: what is known to have been taken later was not in front. What is forgotten counts as if it had been. A share that has
 * this lives longer by the patience for what is given back: ten seconds, after which nothing is.
 *
 * A share that was to owe more than it may, also because the clock went back, was spared the rest, and is given back nothing of what was
 * taken before: without that it would have been spared less. A rate keeps it as all of its debt, given back; a quota is looked at while
 * it owes as much as it may.
 */
const text = `
local time = redis.call('TIME')
local now = (time[1] - 1767225600) * 1000000 + time[2]
local patience = 10000000
local given = {}
local lately = {}

local function stored(name)
  local value = redis.pcall('GET', name)
  if type(value) == 'table' and not string.find(value.err, 'WRONGTYPE', 1, true) then
    return redis.call('GET', name)
  end
  return type(value) == 'string' and value or ''
end

local function spare(name, most)
  given[name] = (given[name] or 0) + math.ceil(most)
  lately[name] = lately[name] or ''
end

local function debtOf(name, most)
  local value = stored(name)
  local full = tonumber(value)
  if not full and value ~= '' then
    local first, second, rest = string.match(value, '^(%S+) (%d+)(.*)$')
    full = tonumber(first)
    given[name] = tonumber(second)
    lately[name] = rest
  end
  local debt = (full or now) - now
  if debt > 0 and debt <= most then return debt end
  if not (debt > 0 and debt < math.huge) then return 0 end
  lately[name] = ''
  spare(name, most)
  value = string.format('%.3f %.0f', now + most, given[name])
  redis.call('SET', name, value, 'PX', string.format('%.0f', math.ceil((most + patience) / 1000) + 1))
  return most
end

local function countsOf(name, length, most)
  local window, current, previous = string.match(stored(name), '^(-?%d+) ([%d.]+) ([%d.]+)$')
  local passed = math.floor(now / length) - (tonumber(window) or -math.huge)
  if passed > 1 then return {0, 0} end
  current = tonumber(current) or 0
  if passed == 1 then return {0, current} end
  previous = tonumber(previous) or 0
  if passed == 0 then return {current, previous} end
  current = math.min(current + previous, most)
  local value = string.format('%.0f %.3f 0.000', math.floor(now / length), current)
  redis.call('SET', name, value, 'PX', string.format('%.0f', math.ceil(2 * length / 1000)))
  return {current, 0}
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

local function refundOf(text)
  local taken, at, first, second = string.match(text, '^(%S+) (%S+) (%S+) (%S+)$')
  return tonumber(taken), tonumber(at), tonumber(first), tonumber(second)
end

local function giveBackDebt(name, text)
  local taken, at, debt, before = refundOf(text)
  local back = given[name] or 0
  local list = lately[name] or ''
  local ahead = back - before
  if now < at or now > at + patience or ahead < 0 then return 0 end
  for other, amount in string.gmatch(list, ' (%d+):(%d+)') do
    if tonumber(other) > at then ahead = ahead - amount end
  end
  local left = math.ceil(math.min(taken, at + debt - math.max(ahead, 0) - now))
  if left <= 0 then return 0 end
  local other, amount = string.match(list, ' (%d+):(%d+)$')
  if tonumber(other) == at then
    list = string.gsub(list, '%d+$', string.format('%.0f', amount + left))
  else
    list = list .. string.format(' %.0f:%.0f', at, left)
  end
  given[name] = back + left
  lately[name] = #list < 500 and list or string.gsub(list, '^ %S+', '')
  return -math.min(left, taken)
end

local function giveBackCounts(current, previous, length, text)
  local taken, at = refundOf(text)
  local passed = math.floor(now / length) - math.floor(at / length)
  if passed == 0 then current = math.max(0, current - taken) end
  if passed == 1 then previous = math.max(0, previous - taken) end
  return current, previous
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
      local debt = math.min(after[name] or known[name] or debtOf(name, most), most)
      if not taken then taken = giveBackDebt(name, ARGV[arg + 2 * i]) end
      over = debt + taken - capacity
      after[name] = isDecided and debt + taken or math.max(0, math.min(debt + taken, most))
      if not isDecided and debt + taken > most then spare(name, most) end
      reply[first + 2 * i] = math.floor(debt)
      reply[first + 2 * i + 1] = given[name] or 0
    else
      local counts = after[name] or known[name] or countsOf(name, length, most)
      local current = math.min(counts[1], most)
      local previous = math.min(counts[2], most)
      if not taken and current >= most and most > capacity then
        taken = 0
      elseif not taken then
        current, previous = giveBackCounts(current, previous, length, ARGV[arg + 2 * i])
        taken = 0
      end
      over = quotaWait(current, previous, capacity - taken, length)
      local counted = isDecided and current + taken or math.min(current + taken, most)
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
  reply[first + 1] = by == 0 and now or math.ceil(wait)
  if by == 0 then
    for i = 1, count do
      local name = KEYS[key + i]
      local share = after[name]
      known[name] = share
      local value
      local reset = share
      local life = share
      if type(share) == 'table' then
        local length = share[3]
        value = string.format('%.0f %.3f %.3f', math.floor(now / length), share[1], share[2])
        reset = quotaReset(share[1], share[2], length)
        life = share[1] > 0 and reset + length or reset
        reply[first + 2 * i + 1] = math.ceil(share[1] + share[2] * (1 - now % length / length) - 0.000001)
      elseif given[name] then
        value = string.format('%.3f %.0f%s', now + share, given[name], lately[name])
        life = share + patience
      else
        value = string.format('%.3f', now + share)
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
