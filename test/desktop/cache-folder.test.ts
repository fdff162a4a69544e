// Where programs for tests are kept is changed by nobody else: root starts them, and gives one of them the setuid bit.
import assert from 'node:assert/strict'
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { RECIPE } from '../../scripts/electron-recipe.ts'
import { demandOwnFolder, OpenCacheError } from '../../scripts/test/cache-folder.ts'
import {
  cachedTestElectron,
  fetchTestElectron,
  TestElectronError,
  whyNoTestElectron,
} from '../../scripts/test-electron.ts'

const STRANGER = 65_533
const isRoot = process.getuid?.() === 0
const rootOnly = isRoot ? {} : { skip: 'only root can give a folder to somebody else' }

async function folders(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-cache-test-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  await chmod(dir, 0o755)
  const cache = join(dir, 'above', 'cache')
  await mkdir(cache, { recursive: true })
  return { dir, above: join(dir, 'above'), cache }
}

describe('the cache of the tests', { skip: process.platform === 'win32' ? 'Windows knows no modes' : false }, () => {
  it('is used where nobody else may change it, below a folder where everybody may make their own', async (t) => {
    const { cache } = await folders(t)
    await demandOwnFolder(cache)
  })

  it('is not used where everybody may change it, or a folder above it, or where a link leads', async (t) => {
    for (const open of ['cache', 'above'] as const) {
      const { dir, ...made } = await folders(t)
      await chmod(made[open], 0o777)
      await assert.rejects(demandOwnFolder(made.cache), OpenCacheError)
      await symlink(made.cache, join(dir, 'link'))
      await assert.rejects(demandOwnFolder(join(dir, 'link')), /may be changed by every user/)
      await chmod(made[open], 0o1777)
      await demandOwnFolder(made.cache)
    }
  })

  it('is not used where it, a folder above it, or a link on the way is somebody else’s', rootOnly, async (t) => {
    for (const given of ['cache', 'above'] as const) {
      const made = await folders(t)
      await chown(made[given], STRANGER, STRANGER)
      await assert.rejects(demandOwnFolder(made.cache), /belongs to another user/)
      await demandOwnFolder(made.cache, { uid: STRANGER })
    }
    const { dir, above, cache } = await folders(t)
    await chown(above, 0, STRANGER)
    await chmod(above, 0o775)
    await assert.rejects(demandOwnFolder(cache), /may be changed by a group/)
    const foreign = join(dir, 'foreign')
    await mkdir(foreign)
    await symlink(join(dir, 'own'), join(foreign, 'link'))
    await mkdir(join(dir, 'own'))
    await chown(foreign, STRANGER, STRANGER)
    await assert.rejects(demandOwnFolder(join(foreign, 'link')), /belongs to another user/)
  })

  it('starts nothing that somebody else has put there, and puts nothing beside it', rootOnly, async (t) => {
    const { cache, dir } = await folders(t)
    const run = join(cache, `electron-${RECIPE.electron}-1`, 'run')
    await mkdir(run, { recursive: true })
    const seen = join(dir, 'seen')
    await writeFile(join(run, 'electron'), `#!/bin/sh\ntouch ${seen}\necho ${RECIPE.electron}\n`, { mode: 0o755 })
    await writeFile(join(run, '..', 'complete.json'), '{"files":{}}')
    assert.ok(await cachedTestElectron({ cache }), 'one of our own is started')
    await rm(seen)
    await chown(cache, STRANGER, STRANGER)
    await assert.rejects(cachedTestElectron({ cache }), TestElectronError)
    if (whyNoTestElectron() === undefined) await assert.rejects(fetchTestElectron({ cache }), /belongs to another user/)
    await assert.rejects(rm(seen), { code: 'ENOENT' })
  })
})
