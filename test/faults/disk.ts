// Class 8: the disk does not do what it should. What was there before stays readable, nothing is asked of a CA that could not be
// remembered, and what cannot be read is left for a person to look at.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileAccountStore } from '../../core/acme/index.ts'
import { FileError, writeFileAtomic } from '../../core/files.ts'
import { type CertificateBundle, createBundle, parseBundle, serialiseBundle } from '../../core/x509/index.ts'
import { counted, type Fault, inWords } from './fault.ts'
import { leftIn, type OwnWorld, withOwnCa } from './world.ts'

const SMALL_DISK_KIB = 64

function mount(...words: readonly string[]): boolean {
  return process.platform === 'linux' && spawnSync('mount', words, { stdio: 'ignore' }).status === 0
}

const unmount = (dir: string) => void spawnSync('umount', ['-l', dir], { stdio: 'ignore' })

/** Why a small disk cannot be made here; undefined where it can. */
const noSmallDisk: string | undefined = (() => {
  if (process.getuid?.() !== 0) return 'mounting a small disk needs root'
  const dir = mkdtempSync(join(tmpdir(), 'nodetrust-disk-'))
  const can = mount('-t', 'tmpfs', '-o', `size=${SMALL_DISK_KIB}k`, 'tmpfs', dir)
  if (can) unmount(dir)
  rmSync(dir, { recursive: true, force: true })
  return can ? undefined : 'a small disk cannot be mounted here'
})()

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-disk-'))
  try {
    return await work(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Runs with a folder on a disk of its own, which `fail` can make full or read-only. */
function onSmallDisk<T>(
  work: (dir: string, fail: (how: 'full' | 'read-only') => Promise<void>) => Promise<T>,
): Promise<T> {
  return inFolder(async (dir) => {
    if (!mount('-t', 'tmpfs', '-o', `size=${SMALL_DISK_KIB}k`, 'tmpfs', dir)) throw new Error('it cannot be mounted')
    try {
      return await work(dir, async (how) => {
        if (how === 'read-only') mount('-o', 'remount,ro', dir)
        else await writeFile(join(dir, 'filler'), Buffer.alloc(2 * SMALL_DISK_KIB * 1024)).catch(() => undefined)
      })
    } finally {
      unmount(dir)
    }
  })
}

async function bundleOf(world: OwnWorld): Promise<CertificateBundle> {
  const { chainPem, privateKeyPem: keyPem } = await world.issue()
  return createBundle({ keyPem, chainPem, addresses: [], obtainedAt: world.clock.now(), source: 'a CA' })
}

/** A file error by its reason, which no path of a test belongs to. */
const reason = (error: unknown) => (error instanceof FileError ? `not written: ${error.code}` : inWords(error))

/** A second bundle that cannot be written; what is there then. */
function renewOn(how: 'full' | 'read-only'): Promise<string> {
  return withOwnCa({}, (world) =>
    onSmallDisk(async (dir, fail) => {
      const path = join(dir, 'bundle.json')
      const old = serialiseBundle(await bundleOf(world))
      await writeFileAtomic(path, old)
      const next = serialiseBundle(await bundleOf(world))
      await fail(how)
      const told = await writeFileAtomic(path, next).then(() => 'written', reason)
      const kept =
        (await readFile(path, 'utf8')) === old && parseBundle(old) ? 'the old one is whole' : 'the old one is gone'
      const torn = (await readdir(dir)).filter((name) => name.endsWith('.tmp')).length
      return `${told}, ${kept}${torn === 0 ? '' : `, ${counted(torn, 'half-written file')} left`}`
    }),
  )
}

/** What a changed bundle is worth. */
function readChanged(change: (text: string, world: OwnWorld) => Promise<string> | string): Promise<string> {
  return withOwnCa({}, async (world) => {
    const text = await change(serialiseBundle(await bundleOf(world)), world)
    return Promise.resolve()
      .then(() => parseBundle(text))
      .then(() => 'bundle used', inWords)
  })
}

const NOT_USED = 'bundle not used'

export const DISK_FAULTS: readonly Fault[] = [
  ...(['full', 'read-only'] as const).map((how): Fault => ({
    class: 8,
    fault: `the disk is ${how} when a renewed certificate is stored`,
    expected: `not written: ${how === 'full' ? 'ENOSPC' : 'EROFS'}, the old one is whole`,
    skip: noSmallDisk,
    run: () => renewOn(how),
  })),
  {
    class: 8,
    fault: 'the disk is full when the account’s key is stored',
    expected: 'not written: ENOSPC, no account at the CA',
    skip: noSmallDisk,
    run: () =>
      withOwnCa({}, (world) =>
        onSmallDisk(async (dir, fail) => {
          await fail('full')
          const session = await world.open({ store: fileAccountStore(join(dir, 'account.json')) })
          const told = await world.issue({ session }).then(() => 'one certificate', reason)
          return `${told}, ${counted(world.ca.stats().accounts, 'account')} at the CA`
        }),
      ),
  },
  {
    class: 8,
    fault: 'the order’s address cannot be stored',
    expected: 'not written: EISDIR, no TXT value set, no certificate at the CA',
    run: () =>
      withOwnCa({}, (world) =>
        inFolder(async (dir) => {
          const path = join(dir, 'order')
          await mkdir(path)
          const orderStore = { save: (url: string) => writeFileAtomic(path, url), clear: async () => undefined }
          const told = await world.issue({ orderStore }).then(() => 'one certificate', reason)
          const set = counted(world.judge.zone.changes.length, 'TXT value')
          return [
            `${told}, ${set} set, ${counted(world.certificates(), 'certificate')} at the CA`,
            ...leftIn(world.judge),
          ].join(', ')
        }),
      ),
  },
  {
    class: 8,
    fault: 'the account’s file is torn',
    expected: 'account not used, the file is left as it is',
    run: () =>
      withOwnCa({}, (world) =>
        inFolder(async (dir) => {
          const path = join(dir, 'account.json')
          await writeFile(path, '{"directoryUrl":"https://')
          const told = await world.tell({ session: await world.open({ store: fileAccountStore(path) }) })
          return (await readFile(path, 'utf8')) === '{"directoryUrl":"https://' ? told : 'the file was changed'
        }),
      ),
  },
  {
    class: 8,
    fault: 'a half-written file of a crash lies beside the bundle',
    expected: 'bundle used',
    run: () =>
      withOwnCa({}, (world) =>
        inFolder(async (dir) => {
          const path = join(dir, 'bundle.json')
          await writeFileAtomic(path, serialiseBundle(await bundleOf(world)))
          await writeFile(join(dir, '.bundle.json.0011aabb.tmp'), '{"version":1,')
          return parseBundle(await readFile(path, 'utf8')).names.length > 0 ? 'bundle used' : NOT_USED
        }),
      ),
  },
  {
    class: 8,
    fault: 'the bundle is cut off',
    expected: NOT_USED,
    run: () => readChanged((text) => text.slice(0, -200)),
  },
  { class: 8, fault: 'the bundle is empty', expected: NOT_USED, run: () => readChanged(() => '') },
  {
    class: 8,
    fault: 'the bundle is all zero bytes',
    expected: NOT_USED,
    run: () => readChanged((text) => '\0'.repeat(text.length)),
  },
  {
    class: 8,
    fault: 'the bundle holds the key of another certificate',
    expected: NOT_USED,
    run: () =>
      readChanged(async (text, world) => {
        const { keyPem } = await bundleOf(world)
        return JSON.stringify({ ...(JSON.parse(text) as object), keyPem })
      }),
  },
]
