import { hash } from 'node:crypto'

/**
 * Decides in Redis over any number of questions, each of which stands for one request.
 *
 * `KEYS` holds the shares of all questions in turn. `ARGV` holds for each question the number of its shares, and for each of
 * them what it holds at most and what is taken, both in microseconds. The reply is flat: for each question the index of the share
 * that denies it from 1 on, or 0; the wait in microseconds; and for each share its debt afterwards.
 *
 * A share is kept as the time when it is full again, in microseconds since 2026 (so that fractions fit a double), by the clock of
 * Redis alone; it expires then. What is stored that is no number counts as full.
 */
export const gcraScript = `
local time = redis.call('TIME')
local now = (time[1] - 1767225600) * 1000000 + time[2]
local debts = {}
local reply = {}
local key = 0
local arg = 1
while arg <= #ARGV do
  local count = tonumber(ARGV[arg])
  local after = {}
  local first = #reply + 1
  local by = 0
  local wait = 0
  reply[first] = 0
  reply[first + 1] = 0
  for i = 1, count do
    local name = KEYS[key + i]
    local capacity = tonumber(ARGV[arg + 2 * i - 1])
    local debt = after[name] or debts[name]
    if not debt then
      local stored = redis.pcall('GET', name)
      local full = type(stored) == 'string' and tonumber(stored) or now
      debt = math.max(full - now, 0)
      debts[name] = debt
    end
    debt = math.min(debt, capacity)
    local taken = debt + tonumber(ARGV[arg + 2 * i])
    local over = taken - capacity
    if over > 0.1 and over > wait then
      wait = over
      by = i
    end
    after[name] = taken
    reply[first + 1 + i] = math.floor(debt)
  end
  reply[first] = by
  reply[first + 1] = math.ceil(wait)
  if by == 0 then
    for i = 1, count do
      local name = KEYS[key + i]
      local debt = after[name]
      debts[name] = debt
      reply[first + 1 + i] = math.floor(debt)
      redis.call('SET', name, string.format('%.3f', now + debt), 'PX', string.format('%.0f', math.ceil(debt / 1000) + 1))
    end
  end
  key = key + count
  arg = arg + 1 + 2 * count
end
return reply
`

/** What EVALSHA calls it by. */
export const gcraScriptSha = hash('sha1', gcraScript, 'hex')
