// Whether a desktop shows tray icons, asked of a real D-Bus of the test's own.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { hasTrayHost } from '../../main/shell/status-notifier.ts'

const UID = process.getuid?.() ?? 0
const BUS = spawnSync('dbus-daemon', ['--version']).status === 0
const SKIP = BUS ? {} : { skip: 'dbus-daemon is not installed (Debian package dbus-daemon)' }

/** A bus that is somebody else's in no way. */
async function startBus(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-bus-'))
  const config = join(dir, 'bus.conf')
  await writeFile(
    config,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=${join(dir, 'bus')}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
  )
  const bus = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(async () => {
    bus.kill()
    await rm(dir, { recursive: true, force: true })
  })
  const [chunk] = (await once(bus.stdout, 'data')) as [Buffer]
  return chunk.toString('utf8').trim()
}

describe('a place for tray icons', SKIP, () => {
  it('is there when somebody on the bus owns the name', async (t) => {
    const address = await startBus(t)
    assert.equal(await hasTrayHost(address, UID), false, 'a bus alone is none')
    // any name that is owned will do to see the answer "yes": the bus owns its own
    assert.equal(await hasTrayHost(address, UID, 1_000, 'org.freedesktop.DBus'), true)
  })

  it('is not there for somebody whom the bus does not know', async (t) => {
    const address = await startBus(t)
    assert.equal(await hasTrayHost(address, UID + 1, 1_000, 'org.freedesktop.DBus'), false)
  })
})

describe('a place for tray icons, without a bus', () => {
  it('is not there, whatever the address is', async () => {
    for (const address of [undefined, '', 'unix:path=/nowhere/bus', 'tcp:host=127.0.0.1,port=1', 'nonsense', 'unix:']) {
      assert.equal(await hasTrayHost(address, UID, 500), false, address)
    }
  })

  it('is not there when the other side is silent, talks nonsense or too much', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-bus-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    for (const [name, answer] of [
      ['silent', ''],
      ['refusing', 'REJECTED EXTERNAL\r\n'],
      ['nonsense', `OK 1\r\n${'\u0001'.repeat(64)}`],
      ['short', 'OK 1\r\nl\u0002\u0000\u0001'],
      ['much', `OK 1\r\n${'l'.repeat(100_000)}`],
    ] as const) {
      const path = join(dir, name)
      const server = createServer((socket) => {
        socket.on('error', () => undefined)
        socket.write(Buffer.from(answer, 'latin1'))
      })
      await new Promise<void>((resolve) => server.listen(path, resolve))
      assert.equal(await hasTrayHost(`unix:path=${path}`, UID, 100), false, name)
      server.close()
    }
  })
})
