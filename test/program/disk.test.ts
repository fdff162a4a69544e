// A program whose disk fills up while it runs, on a file system of its own: nothing that was chosen is lost before the next
// start, and the person is told. Needs a machine where the tests may mount one.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSettings } from '../../main/settings/store.ts'
import { systemClock } from '../../core/clock.ts'
import { testProgram } from '../support/program.ts'
import type { ApiError } from '../../proto/api/index.ts'

const mount = (...words: readonly string[]): boolean => spawnSync('mount', words, { stdio: 'ignore' }).status === 0

test('a full disk: a setting holds for this run, the person is told, and it is kept once there is room', async (t) => {
  const disk = await mkdtemp(join(tmpdir(), 'nodetrust-disk-'))
  if (process.platform !== 'linux' || !mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk)) {
    t.skip('this user may not mount a file system')
    await rmdir(disk)
    return
  }
  t.after(async () => {
    spawnSync('umount', ['--lazy', disk])
    await rmdir(disk)
  })
  const dir = join(disk, 'node')
  const flags = { 'listen.addresses': '/ip4/127.0.0.1/tcp/0', 'listen.wss': '/ip4/127.0.0.1/tcp/0/tls/ws' }
  const program = await testProgram(t, { dir, flags })
  await program.start()
  await writeFile(join(disk, 'fill'), Buffer.alloc(1 << 20)).catch(() => undefined)

  assert.deepEqual(await program.setSettings({ theme: 'dark' }), [])
  assert.equal(program.facts().settings.values.theme, 'dark')
  assert.ok(program.facts().notices.some(({ code }) => code === 'settings-unwritable'))
  await assert.rejects(
    program.exportIdentity('correct horse battery'),
    (error: ApiError) => error.problem.code === 'disk',
  )
  assert.equal(program.facts().identity.backupAt, null, 'a copy that was not written is none')

  await rm(join(disk, 'fill'))
  await program.setSettings({ language: 'de' })
  assert.deepEqual(program.facts().notices, [])
  const { values } = (await openSettings(dir, systemClock)).store.get()
  assert.equal(values.theme, 'dark')
  assert.equal(values.language, 'de')
  await program.stop()
})
