// Whether the program that shows messages answers, asked of a real D-Bus, and of one that goes no further than it wants.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { answersMessages } from '../../main/shell/message-service.ts'
import { canBeAsked, sessionBusAddress } from '../../main/shell/session-bus.ts'
import { PANEL_PROGRAM, startPanel, whyNoPanel } from '../support/desktop/panel.ts'
import { startBus, whyNoBus } from '../support/keyring.ts'

const { uid, gid } = userInfo()
const LONG_MS = 30_000

const ask = (address: string | undefined, patienceMs = LONG_MS, signal = new AbortController().signal) =>
  answersMessages({ address, uid, clock: systemClock, signal, patienceMs })

describe('whoever shows messages', async () => {
  const why = (await whyNoBus()) ?? (await whyNoPanel())
  const skip = why === undefined ? {} : { skip: why }

  it('S29 answers, is not there, or hangs', skip, async (t) => {
    const bus = await startBus()
    t.after(() => bus.stop())
    const address = bus.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''
    assert.equal(await ask(address), false, 'a bus alone shows nothing')
    const hung = spawn(
      PANEL_PROGRAM,
      [
        '-c',
        `import dbus, sys\ndbus.SessionBus().request_name('org.freedesktop.Notifications')\nprint(1, flush=True)\nsys.stdin.read()`,
      ],
      { env: { ...process.env, ...bus.env } },
    )
    await once(hung.stdout, 'data')
    assert.equal(await ask(address, 200), false, 'it hangs')
    hung.kill()
    await once(hung, 'exit')
    const panel = await startPanel({ uid, gid, home: homedir() }, address)
    t.after(() => panel.stop())
    await panel.appear()
    assert.equal(await ask(address), true)
  })

  it('S29 is taken not to answer when the bus says nothing, or ends, or the app does', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-bus-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    const path = join(dir, 'bus')
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      t.after(() => socket.destroy())
    })
    t.after(() => server.close())
    await new Promise<void>((resolve) => server.listen(path, resolve))
    assert.equal(await ask(`unix:path=${path}`, 50), false)
    const ended = new AbortController()
    const asked = ask(`unix:path=${path}`, LONG_MS, ended.signal)
    ended.abort()
    assert.equal(await asked, false)
    assert.equal(await ask('unix:path=/nowhere/bus'), false)
  })

  it('is left to Electron where the bus is none that can be asked', async () => {
    assert.equal(await ask(undefined), true)
    assert.equal(await ask('tcp:host=127.0.0.1,port=1'), true)
  })
})

describe('the address of the session’s bus', () => {
  it('is what the environment says, else the place that systemd gives it', () => {
    assert.equal(
      sessionBusAddress({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x', XDG_RUNTIME_DIR: '/run/user/1' }),
      'unix:path=/x',
    )
    const own = sessionBusAddress({ XDG_RUNTIME_DIR: '/run/user/1, %zz' })
    assert.equal(canBeAsked(own), true)
    assert.equal(decodeURIComponent(own ?? ''), 'unix:path=/run/user/1, %zz/bus')
    assert.equal(sessionBusAddress({}), undefined)
  })
})
