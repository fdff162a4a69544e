// The walk-through of docs/nostr.md, as it stands there: two nodes, two relays, and every command of the page typed at a shell.
import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { COMMANDS } from '../../core/commands/index.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { readRuntime } from '../../main/bridge/runtime-file.ts'
import { cleanEnv, ROOT } from '../support/command.ts'
import { freePorts } from '../support/free-port.ts'
import { settle } from '../support/manual-clock.ts'
import { relaysOf } from './support.ts'

const run = promisify(execFile)
const PAGE = join(ROOT, 'docs', 'nostr.md')
const HEADLESS = join(ROOT, 'main', 'headless.ts')

/** A block of commands, and on whose computer they are typed. */
interface Step {
  readonly who: string
  readonly lines: readonly string[]
}

async function stepsOf(): Promise<readonly Step[]> {
  const text = await readFile(PAGE, 'utf8')
  return [...text.matchAll(/<!-- run: (\w+) -->\n```sh\n([^]*?)\n```/g)].map(([, who = '', body = '']) => ({
    who,
    lines: body.split('\n').map((line) => line.replace(/\s+#.*$/, '')),
  }))
}

/** A node in a process of its own, as a person starts it. */
async function person(t: TestContext, relays: readonly string[], resolverPort: number) {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-walk-'))
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  const flags = {
    ...{ dir, 'identity.store': 'file', 'network.public': 'none', 'reachability.mapPorts': 'false' },
    ...{ 'listen.addresses': '/ip4/127.0.0.1/tcp/0', 'listen.wss': '/ip4/127.0.0.1/tcp/0/tls/ws' },
    ...{ 'naming.relays': relays.join(','), 'naming.allowPrivate': 'true', 'naming.lan': 'false' },
    'naming.resolver.port': String(resolverPort),
  }
  const child: ChildProcess = spawn(
    process.execPath,
    [...nodeFlags(), HEADLESS, 'node', ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)],
    { env: cleanEnv(), stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  while ((await readRuntime(dir)) === undefined) {
    if (child.exitCode !== null) throw new Error(`the node has ended: ${said}`)
    await settle()
  }
  return { type: async (line: string) => (await run('sh', ['-c', line], typedIn(dir))).stdout }
}

const typedIn = (dir: string) => ({ cwd: ROOT, env: cleanEnv({ NODETRUST_DIR: dir }), timeout: 60_000 })

describe('docs/nostr.md', () => {
  test('leads from a key to a connection that is verified, each line as it stands there', async (t) => {
    const urls = (await relaysOf(t)).map(({ url }) => url)
    const [port = 0, other = 0] = await freePorts(2)
    const people = { owner: await person(t, urls, other), friend: await person(t, urls, port) }
    const hasDig = await run('dig', ['-v']).then(
      () => true,
      () => false,
    )
    if (!hasDig) t.diagnostic('dig is not on this machine, so its line of the page was not typed')
    let name = ''
    const printed = new Map<string, string>()
    for (const { who, lines } of await stepsOf())
      for (const line of lines) {
        if (line.startsWith('dig ') && !hasDig) continue
        const typed = line.replace('npub1….nostr', name).replace('-p 5354', `-p ${port}`)
        assert.ok(who === 'owner' || who === 'friend', `nobody is called ${who}`)
        const output = await people[who].type(typed)
        name ||= /npub1[a-z0-9]{58}\.nostr/.exec(output)?.[0] ?? ''
        printed.set(line, output)
      }
    const lines = [...printed.values()]
    assert.equal(lines.length, hasDig ? 7 : 6)
    assert.match(printed.get('bin/nodetrust name certificate') ?? '', /^-----BEGIN CERTIFICATE-----/)
    assert.match(printed.get('bin/nodetrust name status') ?? '', /^State +published$/m)
    assert.match(printed.get('bin/nodetrust name resolve npub1….nostr') ?? '', /@ A 127\.0\.0\.1/)
    if (hasDig) assert.equal(printed.get('dig @127.0.0.1 -p 5354 npub1….nostr A +short'), '127.0.0.1\n')
    assert.match(lines.at(-1) ?? '', /is what its owner has signed\.\n$/)
  })

  test('names a command of ours for each of the seven scripts of the proof of concept', async () => {
    const text = await readFile(PAGE, 'utf8')
    const rows = [...text.matchAll(/^\| `(\w+\.py)` \| (.+?) \|/gm)]
    assert.equal(new Set(rows.map(([, script]) => script)).size, 7)
    const known = COMMANDS.map(({ name }) => name)
    const named = rows.flatMap(([, , ours = '']) =>
      [...ours.matchAll(/`nodetrust ([a-z]+ [a-z]+)/g)].map(([, command]) => command ?? ''),
    )
    assert.ok(named.length >= 5)
    assert.deepEqual(
      named.filter((command) => !known.includes(command)),
      [],
    )
  })
})
