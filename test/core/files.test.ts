// Files that are there whole or not at all, and errors that say what to do.
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { FileError, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { loadOrCreatePeerKey, PeerKeyError } from '../../core/peer-key.ts'

describe('a file that is written atomically', () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-files-'))
  })

  afterEach(() => rm(dir, { recursive: true, force: true }))

  it('is private where nothing else is said, and makes its folder', async () => {
    const path = join(dir, 'deep', 'file')
    await writeFileAtomic(path, 'content')
    assert.equal(await readFile(path, 'utf8'), 'content')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })

  it('takes the place of the old one and leaves no other file', async () => {
    const path = join(dir, 'file')
    await writeFileAtomic(path, 'old')
    await writeFileAtomic(path, 'new')
    assert.equal(await readFile(path, 'utf8'), 'new')
    assert.deepEqual(await readdir(dir), ['file'])
  })

  it('ends whole under many writers at once', async () => {
    const path = join(dir, 'file')
    const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000))
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)))
    assert.ok(contents.includes(await readFile(path, 'utf8')))
    assert.deepEqual(await readdir(dir), ['file'])
  })

  it('is refused with the path and leaves nothing where it cannot be', async () => {
    await mkdir(join(dir, 'taken'))
    await assert.rejects(
      writeFileAtomic(join(dir, 'taken'), 'x'),
      (error: Error) => error instanceof FileError && error.message.includes('taken'),
    )
    assert.deepEqual(await readdir(dir), ['taken'])
  })

  it('is told apart from one that cannot be read', async () => {
    assert.equal(await readFileIfThere(join(dir, 'absent')), undefined)
    await assert.rejects(readFileIfThere(dir), FileError)
  })
})

describe('the key of a peer', () => {
  let path: string
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-key-'))
    path = join(dir, 'identity.key')
  })

  afterEach(() => rm(dir, { recursive: true, force: true }))

  it('is made once and then kept', async () => {
    const made = await loadOrCreatePeerKey(path)
    assert.ok((await loadOrCreatePeerKey(path)).equals(made))
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })

  it('is made private again when somebody opened it up', async () => {
    await loadOrCreatePeerKey(path)
    await chmod(path, 0o644)
    await loadOrCreatePeerKey(path)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })

  it('is never replaced because a read gave something else', async () => {
    for (const content of ['', 'not a key', 'AAAA']) {
      await writeFile(path, content)
      await assert.rejects(loadOrCreatePeerKey(path), PeerKeyError)
      assert.equal(await readFile(path, 'utf8'), content)
    }
  })
})
