// One folder, one process: who gets the lock, who is refused and told by whom, and what becomes of locks whose owner died.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import { FolderInUseError, lockFolder } from '../../core/lock.ts'

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-lock-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** Another process that locks the folder and sits on it; or says why it could not. */
async function holder(t: TestContext, dir: string): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const module = join(import.meta.dirname, '..', '..', 'core', 'lock.ts')
  const source = `
    import { lockFolder } from ${JSON.stringify(module)}
    await lockFolder(${JSON.stringify(dir)}).then(() => console.log('locked'), (error) => console.log(error.name))
    setInterval(() => undefined, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [data] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: data.toString().trim() }
}

describe('the lock of a folder', () => {
  test('is for one at a time, also within a process', async (t) => {
    const dir = await folder(t)
    const lock = await lockFolder(dir)
    await assert.rejects(lockFolder(dir), (error) => {
      assert.ok(error instanceof FolderInUseError)
      assert.equal(error.pid, process.pid)
      assert.equal(error.folder, dir)
      return true
    })
    await lock.release()
    await (await lockFolder(dir)).release()
    assert.deepEqual(await readdir(dir), [])
  })

  test('names the other process and the folder', async (t) => {
    const dir = await folder(t)
    const { child, said } = await holder(t, dir)
    assert.equal(said, 'locked')
    await assert.rejects(lockFolder(dir), { message: new RegExp(`${dir} is in use by process ${child.pid}:`) })
  })

  test('is taken over from a process that was killed', async (t) => {
    const dir = await folder(t)
    const { child } = await holder(t, dir)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await (await lockFolder(dir)).release()
  })

  test(
    'is taken over where its process id belongs to somebody else now',
    { skip: process.platform !== 'linux' },
    async (t) => {
      const dir = await folder(t)
      const stale = { pid: process.ppid, startTicks: '1', startedAt: Date.now() }
      await writeFile(join(dir, 'in-use.lock'), JSON.stringify(stale))
      await (await lockFolder(dir)).release()
    },
  )

  test('is taken over from an earlier process with our own id, as in a container', async (t) => {
    const dir = await folder(t)
    await writeFile(join(dir, 'in-use.lock'), JSON.stringify({ pid: process.pid, startedAt: 1 }))
    await (await lockFolder(dir)).release()
  })

  test('is taken over where a power cut tore it', async (t) => {
    const dir = await folder(t)
    await writeFile(join(dir, 'in-use.lock'), '{"pid":')
    await (await lockFolder(dir)).release()
  })

  test('goes to one of many who take it over at once', async (t) => {
    const dir = await folder(t)
    await writeFile(join(dir, 'in-use.lock'), JSON.stringify({ pid: process.pid, startedAt: 1 }))
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(dir)))
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('that somebody else has taken is left alone by a late release', async (t) => {
    const dir = await folder(t)
    const lock = await lockFolder(dir)
    await writeFile(join(dir, 'in-use.lock'), 'another')
    await lock.release()
    assert.equal(await readFile(join(dir, 'in-use.lock'), 'utf8'), 'another')
  })

  test('that cannot be written is an error that names the file', async (t) => {
    const dir = await folder(t)
    await writeFile(join(dir, 'file'), '')
    await assert.rejects(lockFolder(join(dir, 'file')), { name: 'FileError', message: /in-use\.lock/ })
  })
})
