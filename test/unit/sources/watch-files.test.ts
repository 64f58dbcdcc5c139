import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { FileWatch } from '../../../src/sources/watch-files.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { testFolder } from '../../support/folder.ts'

const pollMs = 1000

interface Watched extends Disposable {
  readonly clock: FakeClock
  /** Kept when the next change is noticed, counted from the last call. */
  next(): Promise<void>
  readonly count: number
  follow: FileWatch['follow']
}

async function watched(...paths: string[]): Promise<Watched> {
  const clock = new FakeClock()
  let count = 0
  let seen = 0
  let wake = () => {}
  const onChange = () => {
    count += 1
    wake()
  }
  const watch = new FileWatch(paths, onChange, { clock, pollMs })
  await watch.start()
  return {
    clock,
    follow: (paths, since) => watch.follow(paths, since),
    async next() {
      if (count === seen) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      seen = count
    },
    get count() {
      return count
    },
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  }
}

/** A volume as the kubelet makes it: `a.yaml → ..data/a.yaml`, `..data → ..v1`. */
function mountVolume(folder: { path: string; write(name: string, text: string): string }): string {
  folder.write('mount/..v1/a.yaml', 'one')
  const mount = join(folder.path, 'mount')
  symlinkSync('..v1', join(mount, '..data'))
  symlinkSync('..data/a.yaml', join(mount, 'a.yaml'))
  return mount
}

function swapVolume(mount: string): void {
  mkdirSync(join(mount, '..v2'))
  writeFileSync(join(mount, '..v2/a.yaml'), 'two')
  symlinkSync('..v2', join(mount, '..data_tmp'))
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
  rmSync(join(mount, '..v1'), { recursive: true })
}

describe('files that are followed later', () => {
  test('are noticed from then on, like those from the start', async () => {
    using folder = testFolder()
    const first = folder.write('a.yaml', 'one')
    const later = folder.write('certs/a.crt', 'one')
    using watch = await watched(first)

    await watch.follow([first, later], Date.now() + 60_000)
    folder.write('certs/a.crt', 'two')
    await watch.next()
    folder.write('a.yaml', 'two')
    await watch.next()
  })

  test('are told at once when they changed since they were read', async () => {
    using folder = testFolder()
    const first = folder.write('a.yaml', 'one')
    using watch = await watched(first)

    await watch.follow([first, folder.write('a.crt', 'one')], Date.now() - 10_000)
    await watch.next()
  })

  test('are not told when they are older', async () => {
    using folder = testFolder()
    const first = folder.write('a.yaml', 'one')
    using watch = await watched(first)

    await watch.follow([first, folder.write('a.crt', 'one')], Date.now() + 60_000)

    assert.equal(watch.count, 0)
  })

  test('behind a volume that is swapped are noticed', async () => {
    using folder = testFolder()
    const first = folder.write('b.yaml', 'one')
    const mount = mountVolume(folder)
    using watch = await watched(first)

    await watch.follow([first, join(mount, 'a.yaml')], Date.now() + 60_000)
    swapVolume(mount)
    await watch.next()
  })
})

describe('a watched file', () => {
  test('that is written in place is noticed, time after time', async () => {
    using folder = testFolder()
    using watch = await watched(folder.write('a.yaml', 'one'))

    folder.write('a.yaml', 'two')
    await watch.next()
    folder.write('a.yaml', 'three')
    await watch.next()
  })

  test('that is replaced by a rename is noticed, time after time', async () => {
    using folder = testFolder()
    const path = folder.write('a.yaml', 'one')
    using watch = await watched(path)

    renameSync(folder.write('.a.yaml.swp', 'two'), path)
    await watch.next()
    renameSync(folder.write('.a.yaml.swp', 'three'), path)
    await watch.next()
  })

  test('that is moved away and written again, as some editors do, is noticed', async () => {
    using folder = testFolder()
    const path = folder.write('a.yaml', 'one')
    using watch = await watched(path)

    renameSync(path, `${path}~`)
    await watch.next()
    folder.write('a.yaml', 'two')
    await watch.next()
  })

  test('that is not there yet is noticed when it comes', async () => {
    using folder = testFolder()
    using watch = await watched(join(folder.path, 'a.yaml'))

    folder.write('a.yaml', 'one')
    await watch.next()
  })

  test('behind a link is noticed when its target changes, and when the link does', async () => {
    using folder = testFolder()
    const target = folder.write('elsewhere/real.yaml', 'one')
    const link = join(folder.path, 'a.yaml')
    symlinkSync(target, link)
    using watch = await watched(link)

    writeFileSync(target, 'two')
    await watch.next()
    unlinkSync(link)
    symlinkSync(folder.write('elsewhere/other.yaml', 'three'), link)
    await watch.next()
  })

  test('in a Kubernetes volume is noticed when the volume is swapped', async () => {
    using folder = testFolder()
    const mount = mountVolume(folder)
    using watch = await watched(join(mount, 'a.yaml'))

    swapVolume(mount)
    await watch.next()
  })

  test('says nothing of other files beside it', async () => {
    using folder = testFolder()
    using watch = await watched(folder.write('a.yaml', 'one'))
    using other = await watched(join(folder.path, 'b.yaml'))

    folder.write('b.yaml', 'one')
    await other.next()
    folder.write('b.yaml', 'two')
    await other.next()

    assert.equal(watch.count, 0)
  })

  test('says nothing more once it is disposed, and leaves no timer', async () => {
    using folder = testFolder()
    const path = folder.write('a.yaml', 'one')
    const watch = await watched(path)

    watch[Symbol.dispose]()
    folder.write('a.yaml', 'two')
    await watch.clock.advanceAsync(pollMs)

    assert.deepEqual([watch.count, watch.clock.waiting], [0, 0])
  })
})

describe('a watched folder', () => {
  test('notices a file that comes, changes and goes', async () => {
    using folder = testFolder()
    folder.write('conf/a.yaml', 'one')
    using watch = await watched(join(folder.path, 'conf'))

    const path = folder.write('conf/b.yaml', 'one')
    await watch.next()
    folder.write('conf/b.yaml', 'two')
    await watch.next()
    rmSync(path)
    await watch.next()
  })

  test('notices a Kubernetes volume that is swapped', async () => {
    using folder = testFolder()
    const mount = mountVolume(folder)
    using watch = await watched(mount)

    swapVolume(mount)
    await watch.next()
  })

  test('is found again by polling after it was removed and made anew', async () => {
    using folder = testFolder()
    folder.write('conf/a.yaml', 'one')
    const conf = join(folder.path, 'conf')
    using watch = await watched(conf)

    rmSync(conf, { recursive: true })
    await watch.next()
    folder.write('conf/a.yaml', 'two')
    watch.clock.advance(pollMs)
    await watch.next()
    folder.write('conf/a.yaml', 'three')
    watch.clock.advance(pollMs)
    await watch.next()
  })
})
