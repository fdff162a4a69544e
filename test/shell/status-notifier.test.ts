// Whether a desktop shows tray icons, asked of a real D-Bus of the test's own with a real panel on it.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { watchTrayHost } from '../../main/shell/status-notifier.ts'
import { startPanel, whyNoPanel } from '../support/desktop/panel.ts'
import { startBus, whyNoBus } from '../support/keyring.ts'

const { uid, gid } = userInfo()

/** A watch, and what it was told. */
function watch(t: TestContext, address: string | undefined, as = uid) {
  const ended = new AbortController()
  t.after(() => ended.abort())
  const answers: boolean[] = []
  let told = Promise.withResolvers<void>()
  const onChange = (shown: boolean) => {
    answers.push(shown)
    told.resolve()
    told = Promise.withResolvers()
  }
  watchTrayHost({ address, uid: as, onChange, signal: ended.signal })
  return {
    answers,
    ended,
    heard: async (count: number) => {
      while (answers.length < count) await told.promise
      return answers
    },
  }
}

describe('a place for tray icons', async () => {
  const why = (await whyNoBus()) ?? (await whyNoPanel())
  const skip = why === undefined ? {} : { skip: why }

  it('is there as soon as a panel is, and not when it has gone', skip, async (t) => {
    const bus = await startBus()
    t.after(() => bus.stop())
    const address = bus.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''
    const panel = await startPanel({ uid, gid, home: homedir() }, address)
    t.after(() => panel.stop())
    const { heard } = watch(t, address)
    assert.deepEqual(await heard(1), [false], 'a bus alone is none')
    await panel.appear()
    assert.deepEqual(await heard(2), [false, true])
    const late = watch(t, address)
    assert.deepEqual(await late.heard(1), [true])
    await panel.vanish()
    assert.deepEqual(await heard(3), [false, true, false])
    await panel.appear()
    await heard(4)
    await panel.stop()
    assert.deepEqual(await heard(5), [false, true, false, true, false])
  })

  it('is not there while the watcher has no host: the desktop has begun, its panel has not', skip, async (t) => {
    const bus = await startBus()
    t.after(() => bus.stop())
    const address = bus.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''
    const panel = await startPanel({ uid, gid, home: homedir() }, address)
    t.after(() => panel.stop())
    await panel.host(false)
    await panel.appear()
    const { heard } = watch(t, address)
    assert.deepEqual(await heard(1), [false])
    await panel.host(true)
    assert.deepEqual(await heard(2), [false, true])
    await panel.host(false)
    assert.deepEqual(await heard(3), [false, true, false])
  })

  it('is not there for somebody whom the bus does not know, nor when the bus has ended', skip, async (t) => {
    const bus = await startBus()
    t.after(() => bus.stop())
    const address = bus.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''
    assert.deepEqual(await watch(t, address, uid + 1).heard(1), [false])
    const panel = await startPanel({ uid, gid, home: homedir() }, address)
    t.after(() => panel.stop())
    await panel.appear()
    const { heard } = watch(t, address)
    assert.deepEqual(await heard(1), [true])
    await bus.stop()
    assert.deepEqual(await heard(2), [true, false])
  })

  it('is nobody’s business any more after the end', skip, async (t) => {
    const bus = await startBus()
    t.after(() => bus.stop())
    const address = bus.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''
    const panel = await startPanel({ uid, gid, home: homedir() }, address)
    t.after(() => panel.stop())
    const first = watch(t, address)
    await first.heard(1)
    first.ended.abort()
    const second = watch(t, address)
    await second.heard(1)
    await panel.appear()
    await second.heard(2)
    assert.deepEqual(first.answers, [false])
  })
})

describe('a place for tray icons, without a bus', () => {
  it('is not there, whatever the address is', async (t) => {
    for (const address of [
      undefined,
      '',
      'unix:path=/%zz/bus',
      'unix:path=/%',
      'unix:path=/nowhere/bus',
      'tcp:host=127.0.0.1,port=1',
      'nonsense',
      'unix:',
    ]) {
      assert.deepEqual(await watch(t, address).heard(1), [false], address)
    }
  })

  it('is not there when the other side talks nonsense or too much, and unknown while it is silent', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-bus-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    const serve = async (name: string, answer: string) => {
      const path = join(dir, name)
      const server = createServer((socket) => {
        socket.on('error', () => undefined)
        socket.write(Buffer.from(answer, 'latin1'))
      })
      t.after(() => server.close())
      await new Promise<void>((resolve) => server.listen(path, resolve))
      return `unix:path=${path}`
    }
    const silent = watch(t, await serve('silent', ''))
    for (const [name, answer] of [
      ['refusing', 'REJECTED EXTERNAL\r\n'],
      ['nonsense', `OK 1\r\n${'\u0001'.repeat(64)}`],
      ['large', `OK 1\r\nl\u0002\u0000\u0001\u00ff\u00ff\u00ff\u007f${'\u0000'.repeat(8)}`],
      ['much', `OK 1\r\n${'l'.repeat(100_000)}`],
      ['endless', 'x'.repeat(100_000)],
    ] as const) {
      assert.deepEqual(await watch(t, await serve(name, answer)).heard(1), [false], name)
    }
    assert.deepEqual(silent.answers, [])
    silent.ended.abort()
  })

  for (const [title, stranger] of [
    ['in the other order of bytes', message({ order: 'B', kind: 4, body: Buffer.alloc(8) })],
    ['that is larger than anything for us', message({ order: 'l', kind: 4, body: Buffer.alloc(300_000) })],
    ['that is larger, in the other order of bytes', message({ order: 'B', kind: 1, body: Buffer.alloc(300_000) })],
  ] as const) {
    it(`is still seen after another program has sent us a message ${title}`, async (t) => {
      const dir = await mkdtemp(join(tmpdir(), 'nodetrust-bus-'))
      t.after(() => rm(dir, { recursive: true, force: true }))
      const path = join(dir, 'bus')
      const server = createServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => {
          socket.write('OK 1\r\n')
          // the question is the fifth call, after Hello and three rules
          socket.once('data', () => {
            socket.write(stranger)
            socket.write(message({ order: 'l', kind: 2, answers: 5, body: Buffer.from([1, 0x62, 0, 0, 1, 0, 0, 0]) }))
          })
        })
      })
      t.after(() => server.close())
      await new Promise<void>((resolve) => server.listen(path, resolve))
      const { heard, ended } = watch(t, `unix:path=${path}`)
      assert.deepEqual(await heard(1), [true])
      ended.abort()
    })
  }
})

/** A message as a bus hands it on, with the one field of an answer. */
function message({ order, kind, answers, body }: { order: 'l' | 'B'; kind: number; answers?: number; body: Buffer }) {
  const fields = answers === undefined ? Buffer.alloc(0) : Buffer.from([5, 1, 0x75, 0, answers, 0, 0, 0])
  const head = Buffer.alloc(16)
  head.set([order.charCodeAt(0), kind, 0, 1])
  const write = (value: number, at: number) =>
    order === 'l' ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at)
  write(body.length, 4)
  write(7, 8)
  write(fields.length, 12)
  return Buffer.concat([head, fields, body])
}
