import assert from 'node:assert/strict'
import { fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../../src/std/clock.ts'
import { LineWriter } from '../../../src/telemetry/line-writer.ts'

const fixtures = join(import.meta.dirname, 'fixtures')

interface Drops {
  readonly lines: Map<string, number>
  readonly onDropped: (lines: number, why: string) => void
}

function newDrops(): Drops {
  const lines = new Map<string, number>()
  return { lines, onDropped: (count, why) => lines.set(why, (lines.get(why) ?? 0) + count) }
}

function newWriter(to: string, drops: Drops = newDrops(), delay = 50): LineWriter {
  return new LineWriter({ to, clock: systemClock, delay, onDropped: drops.onDropped })
}

describe('LineWriter', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'))
  })
  after(() => rm(folder, { recursive: true }))

  function newFifo(name: string): string {
    const path = join(folder, name)
    assert.equal(spawnSync('mkfifo', [path]).status, 0)
    return path
  }

  test('appends lines to a file, in order, also those added before it was open', async () => {
    const path = join(folder, 'plain.log')
    await writeFile(path, 'older\n')
    const writer = newWriter(path)

    writer.add('one\n')
    await writer.open()
    writer.add('two\n')
    writer.add('drei ß\n')
    await writer.close()

    assert.equal(await readFile(path, 'utf8'), 'older\none\ntwo\ndrei ß\n')
  })

  test('creates a file that others cannot read', async () => {
    const path = join(folder, 'mode.log')
    const writer = newWriter(path)

    await writer.open()
    await writer.close()

    assert.equal((await stat(path)).mode & 0o007, 0)
  })

  test('says why a file cannot be opened', async () => {
    const writer = newWriter(join(folder, 'no/such/folder.log'))

    await assert.rejects(writer.open(), { code: 'ENOENT' })
  })

  test('writes at once when there is no delay', async () => {
    const path = newFifo('eager')
    const reader = openReader(path)
    const writer = newWriter(path, newDrops(), 0)
    await writer.open()

    writer.add('now\n')
    const [bytes] = await once(reader, 'data')

    assert.equal(String(bytes), 'now\n')
    await writer.close()
    reader.destroy()
  })

  test('goes on in a new file after the old one was moved away', async () => {
    const path = join(folder, 'rotated.log')
    const writer = newWriter(path)
    await writer.open()
    writer.add('before\n')
    await writer.close()

    const again = newWriter(path)
    await again.open()
    await rename(path, `${path}.1`)
    await again.reopen()
    again.add('after\n')
    await again.close()

    assert.equal(await readFile(`${path}.1`, 'utf8'), 'before\n')
    assert.equal(await readFile(path, 'utf8'), 'after\n')
  })

  test('keeps the old file when the new one cannot be opened', async () => {
    const path = join(folder, 'kept')
    const inner = join(path, 'kept.log')
    spawnSync('mkdir', [path])
    const writer = newWriter(inner)
    await writer.open()
    await rename(path, `${path}.1`)

    await assert.rejects(writer.reopen(), { code: 'ENOENT' })
    writer.add('still here\n')
    await writer.close()

    assert.equal(await readFile(join(`${path}.1`, 'kept.log'), 'utf8'), 'still here\n')
  })

  test('drops and counts what a full disk does not take, and tries the next', async () => {
    const drops = newDrops()
    const writer = newWriter('/dev/full', drops)
    await writer.open()

    for (let i = 0; i < 1000; i += 1) writer.add(`${'x'.repeat(200)}\n`)
    await writer.close()

    assert.deepEqual([...drops.lines], [['ENOSPC', 1000]])
  })

  test('begins on a new line after a disk took only half of one', async () => {
    const path = join(folder, 'small.log')
    // 16 × 512 bytes: 82 lines of 99 bytes and most of another.
    const script = 'ulimit -f 16; exec "$0" "$1" "$2"'
    const run = ['-c', script, process.execPath, join(fixtures, 'small-disk.ts'), path]

    const { stdout, stderr } = spawnSync('sh', run, { encoding: 'utf8' })

    assert.deepEqual([stdout, stderr], ['[[418,"EFBIG"],[1,"EFBIG"]]', ''])
    const lines = (await readFile(path, 'utf8')).split('\n')
    assert.deepEqual(lines, ['x'.repeat(98), 'x'.repeat(51), 'first of the second', ''])
  })

  test('drops and counts lines for a pipe whose reader is gone', async () => {
    const path = newFifo('gone')
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const drops = newDrops()
    const writer = newWriter(path, drops)
    await writer.open()
    closeSync(reader)

    writer.add('nobody hears this\n')
    await writer.close()

    assert.deepEqual([...drops.lines], [['EPIPE', 1]])
  })

  test('holds 4 MiB for a pipe that nobody reads, drops the rest, and loses no line in between', async () => {
    const path = newFifo('slow')
    const keeper = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    const drops = newDrops()
    const writer = newWriter(path, drops)
    await writer.open()

    const total = 100_000
    for (let i = 0; i < total; i += 1) writer.add(`${i} ${'x'.repeat(90)}\n`)
    const dropped = drops.lines.get('full') ?? 0
    const reading = createInterface({ input: openReader(path) })
    const seen: string[] = []
    reading.on('line', (line) => seen.push(line))
    await writer.close(60_000)
    closeSync(keeper)
    await once(reading, 'close')

    assert.ok(dropped > total / 2 && dropped < total, `${dropped} dropped`)
    assert.equal(seen.length + dropped, total)
    assert.ok(seen.every((line, i) => line === `${i} ${'x'.repeat(90)}`))
  })

  test('gives up at the end of its time, counting what was not written', async () => {
    const path = newFifo('never')
    const keeper = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    const drops = newDrops()
    const writer = newWriter(path, drops)
    await writer.open()

    for (let i = 0; i < 2000; i += 1) writer.add(`${'x'.repeat(99)}\n`)
    await writer.close(10)
    writer.add('too late\n')

    const dropped = drops.lines.get('closed') ?? 0
    assert.ok(dropped > 1 && dropped < 2000, `${dropped} dropped`)
    closeSync(keeper)
  })
})

describe('LineWriter on a standard output that nobody reads', { timeout: 30_000 }, () => {
  const kinds = [
    { name: 'a socket', stdout: (): 'pipe' | number => 'pipe' },
    { name: 'a pipe', stdout: openStuckPipe },
  ]
  for (const { name, stdout } of kinds) {
    test(`${name} holds up neither the event loop nor the exit`, async () => {
      const child = fork(join(fixtures, 'stuck-output.ts'), { stdio: ['ignore', stdout(), 'inherit', 'ipc'] })

      const [message] = await once(child, 'message')
      const [code] = await once(child, 'exit')

      const drops = message as Record<string, number>
      assert.ok((drops['full'] ?? 0) > 3000, JSON.stringify(drops))
      assert.ok((drops['closed'] ?? 0) > 3000, JSON.stringify(drops))
      assert.equal(code, 0)
    })
  }
})

describe('LineWriters of several processes on one standard output', { timeout: 60_000 }, () => {
  for (const [name, end] of [
    ['a socket', ''],
    ['a pipe', '| cat'],
  ] as const) {
    test(`${name} tear no line apart`, async () => {
      const writers = ['a', 'b', 'c'].map((letter) => `"$0" "$1" ${letter} &`).join(' ')
      const run = ['-c', `( ${writers} wait ) ${end}`, process.execPath, join(fixtures, 'many-lines.ts')]

      const child = spawn('sh', run, { stdio: ['ignore', 'pipe', 'inherit'] })
      const lines: string[] = []
      for await (const line of createInterface({ input: child.stdout })) lines.push(line)

      assert.equal(lines.length, 15_000)
      assert.deepEqual(
        lines.filter((line) => !/^(?:a{100,}|b{100,}|c{100,})$/.test(line)),
        [],
      )
    })
  }
})

/** Opening a named pipe to read waits for a writer, unless it must not block. */
function openReader(path: string): Socket {
  return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), writable: false })
}

/** A pipe with a reader that never reads: this process. */
function openStuckPipe(): number {
  const path = join(tmpdir(), `tidegate-stuck-${process.pid}`)
  assert.equal(spawnSync('mkfifo', [path]).status, 0)
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  spawnSync('rm', [path])
  return fd
}
