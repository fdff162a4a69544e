// A node whose disk is full or read-only, on a file system of its own: it serves the certificate that is there, says what is
// wrong, and is well again when the disk is. Needs a machine where the tests may mount one.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, before, describe, test } from 'node:test'
import * as v from 'valibot'
import { type App, createApp } from '../../main/app.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { startIssueServer, startProofServer } from './nodetrust-servers.ts'
import { collectEvents, manualClock, NOW, temporaryDir, testAuthority, until } from './support.ts'
import type { Authority } from '../../servers/ca/authority.ts'

let authority: Authority

before(async () => {
  authority = await testAuthority()
})

const mount = (...words: readonly string[]): boolean => spawnSync('mount', words, { stdio: 'ignore' }).status === 0

/** A node that had its certificate on a small disk and was stopped. */
async function scene(t: TestContext) {
  const disk = await mkdtemp(join(tmpdir(), 'nodetrust-disk-'))
  if (process.platform !== 'linux' || !mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk)) {
    t.skip('this user may not mount a file system')
    await rmdir(disk)
    return undefined
  }
  const apps: App[] = []
  t.after(async () => {
    for (const app of apps) await app.stop()
    spawnSync('umount', ['--lazy', disk])
    await rmdir(disk)
  })
  const server = await startIssueServer(t, authority, [await startProofServer(t)])
  const trustAnchor = join(await temporaryDir(t), 'root.pem')
  await writeFile(trustAnchor, authority.rootPem)
  const clock = manualClock()
  const start = async () => {
    const app = createApp(
      v.parse(NodeConfigSchema, {
        ...{ dir: join(disk, 'node'), network: { issue: [...server.addresses], trustAnchor } },
        listen: { addresses: '/ip4/127.0.0.1/tcp/0', wss: '/ip4/127.0.0.1/tcp/0/tls/ws' },
        discovery: { addressClasses: ['loopback'] },
      }),
      { clock },
    )
    const events = collectEvents()
    app.events.on((line) => events.emit(line))
    apps.push(app)
    await app.start()
    await until('a certificate in service', () => events.of('certificate').length > 0)
    return { app, events }
  }
  await (await start()).app.stop()
  return { disk, clock, server, start }
}

describe('a node on a disk', () => {
  test('that is full serves its certificate, asks for none that it could not keep, and is well when there is room', async (t) => {
    const made = await scene(t)
    if (!made) return
    const { disk, clock, server, start } = made
    await writeFile(join(disk, 'fill'), Buffer.alloc(1 << 20)).catch(() => undefined)
    const { app, events } = await start()
    assert.equal(events.of('certificate')[0]?.reused, true)
    assert.ok(events.of('note').some(({ message }) => /not locked.*disk is full/.test(message)))
    await assert.rejects(app.getCertificate(), { name: 'FileError', code: 'ENOSPC' })
    assert.equal(server.csrNames.length, 1)
    assert.equal(events.of('failed').at(-1)?.code, 'disk')
    await rm(join(disk, 'fill'))
    clock.set(NOW + 60_000)
    assert.ok(await app.getCertificate())
    assert.equal(server.csrNames.length, 2)
  })

  test('that is read-only serves its certificate and says what is wrong', async (t) => {
    const made = await scene(t)
    if (!made) return
    const { disk, start } = made
    assert.ok(mount('-o', 'remount,ro', disk))
    const { app, events } = await start()
    assert.equal(events.of('certificate')[0]?.reused, true)
    assert.ok(events.of('note').some(({ message }) => /not locked.*read-only/.test(message)))
    await assert.rejects(app.getCertificate(), { name: 'FileError', code: 'EROFS' })
  })
})
