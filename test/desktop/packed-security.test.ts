// What the genuine package shows of the shell's statements: its fuses and its archive, read back; what its program does when somebody asks
// it to be something else; and that Chromium, in a network of its own, talks to nobody.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it, type TestContext } from 'node:test'
import { installTools, toolPath } from '../../scripts/package/tools.ts'
import { PUBLIC_INVITATION } from '../../main/issuers/autotls/forge.ts'
import { parseInvitation } from '../../proto/invitation.ts'
import { ALLOWED, type Asar, FUSES, fusesOf } from '../packaging/expected.ts'
import { giveTo, processesOfType } from '../support/desktop/driven-app.ts'
import { realElectron } from '../support/desktop/electron.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { packedApp, type PackedApp } from '../support/desktop/packed-app.ts'
import { openSession, type SessionInit, whyNoSession } from '../support/desktop/session.ts'
import { createLab, whyNoLab } from '../support/namespaces.ts'
import { prepareHome } from '../ui/hosts/host.ts'

const electron = await realElectron()
const why = typeof electron === 'string' ? electron : await whyNoSession()
const whyNoNetwork = await whyNoLab()

/** The Electron of the tests is older than the last fuse. */
const fusesKnownTo = (wire: string): string => Object.values(FUSES).join('').slice(0, wire.length)

describe('the package around a real Electron', { skip: why ?? false }, () => {
  let app: PackedApp

  before(async () => {
    if (typeof electron !== 'string') app = await packedApp(electron)
  })
  const login = async (t: TestContext, init: SessionInit = {}) => {
    const session = await openSession(init)
    t.after(() => session.end())
    return session
  }

  it('S17 has its fuses set, and its program heeds them', async (t) => {
    const wire = await fusesOf(app.program)
    assert.ok(wire.length >= 8)
    assert.equal(wire, fusesKnownTo(wire))
    const session = await login(t)
    const code = join(session.account.home, 'code.cjs')
    await writeFile(code, `require('node:fs').writeFileSync(${JSON.stringify(`${code}.ran`)}, 'x')`)
    await giveTo(session.account, code)
    const env = { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: `--require ${code}` }
    const started = session.start(app.program, ['--inspect=0', code], env)
    await session.window(/Nodetrust$/)
    started.child.kill('SIGTERM')
    assert.equal(await started.ended, 0)
    assert.ok(!(await readdir(session.account.home)).includes('code.cjs.ran'), 'it is no Node')
    assert.doesNotMatch(started.said(), /Debugger listening/)
  })

  it('S19 has an archive of what was meant to be in it', async () => {
    await installTools()
    const asar = (await import(toolPath('@electron', 'asar', 'lib', 'asar.js'))) as Asar
    const archive = join(app.folder, 'resources', 'app.asar')
    const files = asar
      .listPackage(archive, { isPack: false })
      .map((path) => path.replace(/^\//, ''))
      .filter((path) => asar.statFile(archive, path).files === undefined)
    assert.deepEqual(
      files.filter((file) => !ALLOWED.some((allowed) => allowed.test(file))),
      [],
    )
    assert.ok(files.includes('build/main.js'))
  })

  it('S2 does not start without the sandbox, and says what to leave out', async (t) => {
    const session = await login(t)
    const ways = [
      { words: ['--no-sandbox'], env: {} },
      { words: [], env: { ELECTRON_DISABLE_SANDBOX: '1' } },
    ]
    for (const { words, env } of ways) {
      const started = session.start(app.program, words, env)
      assert.equal(await started.ended, 1)
      assert.match(started.said(), /does not start with (?:--no-sandbox|ELECTRON_DISABLE_SANDBOX).*Leave it out/s)
    }
    assert.deepEqual(await session.screen.windows(), [])
  })

  it('S2 has its page in Chromium’s sandbox', async (t) => {
    const session = await login(t)
    session.start(app.program)
    await session.window(/Nodetrust$/)
    const pids = await processesOfType(await session.account.processes(), 'renderer')
    assert.equal(pids.length, 1)
    assert.match(await readFile(`/proc/${pids[0]}/status`, 'utf8'), /^NoNewPrivs:\s+1$[^]*^Seccomp:\s+2$/m)
    if (process.getuid?.() === 0) assert.equal((await stat(join(app.folder, 'chrome-sandbox'))).mode & 0o7777, 0o4755)
  })

  it(
    'S11 sends nothing to anybody but for the node, in a network of its own',
    { skip: whyNoNetwork ?? false },
    async (t) => {
      const session = await login(t)
      const { account, screen } = session
      const lab = createLab(t)
      const [computer, internet] = [await lab.machine(), await lab.machine()]
      await lab.cable([computer, 'out0', '192.0.2.2/24'], [internet, 'in0', '192.0.2.1/24'])
      await computer.route('192.0.2.1')
      // everything that arrives is written down, and questions for names end at a server that knows none
      await internet.firewall(WATCH)
      const names = internet.talk(join(import.meta.dirname, '..', 'support', 'desktop', 'name-sink.ts'), {})
      await names.say({ do: 'names' })
      const home = join(account.home, 'quiet')
      await prepareHome(home)
      await mkdir(join(home, 'config'), { recursive: true })
      await giveTo(account, home)
      const env = {
        ...session.env,
        HOME: home,
        XDG_CONFIG_HOME: join(home, 'config'),
        NODETRUST_DIR: join(home, 'nodetrust'),
      }
      // the public network as people have it, which the tests' sessions switch off
      const words = Object.entries(env)
        .filter(([name]) => name !== 'NODETRUST_NETWORK__PUBLIC')
        .map(([name, value]) => `${name}=${value}`)
      const person = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
      const started = computer.start('setpriv', ...person, 'env', '-i', ...words, app.program)
      const window = await session.window(/Nodetrust$/)
      // what may happen in the first minute: keys are pressed, the page dies and comes back
      await screen.tool('xdotool', ['windowactivate', '--sync', window.id])
      await screen.tool('xdotool', ['type', '--delay', '5', 'A sentense with mistaks. '])
      const dead = await processesOfType(await account.processes(), 'renderer')
      for (const pid of dead) process.kill(pid, 'SIGKILL')
      await eventually('the page comes back', async () =>
        (await processesOfType(await account.processes(), 'renderer')).some((pid) => !dead.includes(pid)),
      )
      await session.window(/Nodetrust$/)
      const seen = await internet.run('nft', '-j', 'list', 'set', 'inet', 'watch', 'seen')
      const asked = (await names.say({ do: 'names' }))['names']
      await started.stop()
      assert.ok(Array.isArray(asked))
      assert.deepEqual(
        asked.filter((name) => !OWN_NAMES.includes(String(name))),
        [],
      )
      assert.deepEqual(elementsOf(seen), [])
      // and what does go out would be seen
      await computer.run('bash', '-c', 'echo x > /dev/udp/203.0.113.9/443; getent hosts a.stranger.example || true')
      assert.equal(elementsOf(await internet.run('nft', '-j', 'list', 'set', 'inet', 'watch', 'seen')).length, 1)
      const { names: now } = await names.say({ do: 'names' })
      assert.ok(Array.isArray(now) && now.includes('a.stranger.example'))
    },
  )
})

/** Whom the node itself asks before anybody has chosen a network: whether the public one answers. */
const OWN_NAMES = [new URL(parseInvitation(PUBLIC_INVITATION).broker ?? '').hostname]

/** Notes where each packet wants to go; DNS is led to our own server and noted there, by name. */
const WATCH = `table inet watch {
  set seen { type inet_proto . ipv4_addr . inet_service; flags dynamic; size 4096; }
  chain look {
    type filter hook prerouting priority -300;
    iifname "in0" meta l4proto { tcp, udp } th dport != 53 add @seen { meta l4proto . ip daddr . th dport }
  }
  chain names {
    type nat hook prerouting priority -100;
    iifname "in0" udp dport 53 redirect to :53
    iifname "in0" tcp dport 53 redirect to :53
  }
}
`

function elementsOf(json: string): unknown[] {
  const { nftables } = JSON.parse(json) as {
    readonly nftables: readonly { readonly set?: { readonly elem?: unknown[] } }[]
  }
  return nftables.flatMap(({ set }) => set?.elem ?? [])
}
