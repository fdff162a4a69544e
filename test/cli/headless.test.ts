// The command line of a running node: a real node with a real sandbox network, asked by processes as a person would start them.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as v from 'valibot'
import { lockFolder } from '../../core/lock.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { CertificateSlice, ReachabilitySlice, StateSchema } from '../../proto/api/index.ts'
import { readRuntime, runtimePath } from '../../main/bridge/runtime-file.ts'
import { runCommand } from '../../main/cli/commands.ts'
import { JSON_OUTPUTS } from '../../main/cli/json.ts'
import type { Terminal } from '../../main/cli/terminal.ts'
import { type SandboxProcess, startSandboxProcess } from '../../main/program/sandbox-process.ts'
import { INVITATION } from '../api/support.ts'
import { bearer, post, request, startBridge } from '../bridge/support.ts'
import { temporaryDir } from '../main/support.ts'
import { cleanEnv, type Ended, ROOT } from '../support/command.ts'
import { manualClock, settle } from '../support/manual-clock.ts'

const HEADLESS = join(ROOT, 'main', 'headless.ts')
const LISTEN = ['--listen.addresses=/ip4/127.0.0.1/tcp/0', '--listen.wss=/ip4/127.0.0.1/tcp/0/tls/ws']

function start(words: readonly string[]): {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly out: () => string
} {
  const began = performance.now()
  const child = spawn(process.execPath, [...nodeFlags(), HEADLESS, ...words], {
    env: cleanEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr, ms: performance.now() - began }))
  })
  return { child, ended, out: () => stdout }
}

/** Waits for a file that a process writes; the process must not end before. */
async function runtimeOf(
  dir: string,
  ended: Promise<Ended>,
): Promise<NonNullable<Awaited<ReturnType<typeof readRuntime>>>> {
  let over: Ended | undefined
  void ended.then((end) => (over = end))
  for (;;) {
    const facts = await readRuntime(dir)
    if (facts) return facts
    if (over) throw new Error(`the node has ended: ${over.stderr}`)
    await settle()
  }
}

describe('a running node', () => {
  let dir = ''
  let node: ReturnType<typeof start> | undefined
  let sandbox: SandboxProcess | undefined

  const ask = (...words: string[]) => start([...words, `--dir=${dir}`]).ended
  const call = async (name: string, input: unknown) => {
    const { port, token } = (await readRuntime(dir)) ?? assert.fail('no node')
    return JSON.parse((await post(port, `/api/${name}`, input, [bearer(token)])).body)
  }

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-test-'))
    node = start(['app', '--no-open', `--dir=${dir}`, '--identity.store=file', '--log=debug', ...LISTEN])
    sandbox = await startSandboxProcess(
      process.execPath,
      [...nodeFlags(), join(ROOT, 'servers', 'cli.ts')],
      join(dir, 'network'),
    )
    await runtimeOf(dir, node.ended)
  })

  after(async () => {
    node?.child.kill('SIGKILL')
    await node?.ended
    await sandbox?.stop()
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  })

  test('says with `status` what it lacks, and gives its whole state as JSON', async () => {
    const { code, stdout } = await ask('status')
    assert.equal(code, 0)
    assert.match(stdout, /^State {9}No network was chosen: .*nodetrust join/)
    const json = await ask('status', '--json')
    assert.ok(v.is(StateSchema, JSON.parse(json.stdout)))
  })

  test('gets no certificate without a network, and says why', async () => {
    const { code, stdout, stderr } = await ask('certificate', 'get')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^nodetrust: No network was chosen/)
  })

  test('joins a network after it was shown and confirmed', async () => {
    const invitation = sandbox?.invitation ?? ''
    const shown = await ask('join', invitation)
    assert.equal(shown.code, 2)
    assert.match(shown.stdout, /^Network +.*\nNames end in +sandbox\.nodetrust\.test\nIssue server +127\.0\.0\.1\n/)
    assert.match(shown.stderr, /--yes/)
    assert.equal((await call('state.get', {})).output.state.network.choice, null)
    assert.equal((await ask('join', invitation, '--yes')).code, 0)
    assert.equal((await call('state.get', {})).output.state.network.choice.kind, 'joined')
    const wrong = await ask('join', 'https://example.org/', '--yes')
    assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
    assert.match(wrong.stderr, /invalid-invitation/)
  })

  test('gets a certificate step by step, and not twice within a minute', async () => {
    const { code, stdout, stderr } = await ask('certificate', 'get')
    assert.equal(code, 0, stderr)
    assert.equal(stderr.match(/^ {2}done {3}/gm)?.length, 7, stderr)
    assert.match(stdout, /^The certificate is good until [0-9-]{10} [0-9:]{5} UTC, in \d+ days\.\n$/)
    const again = await ask('certificate', 'renew')
    assert.equal(again.code, 1)
    assert.match(again.stderr, /too-soon/)
    assert.ok(v.is(CertificateSlice, (await call('state.get', {})).output.state.certificate))
  })

  test('shows the certificate, and exports its chain without the key', async (t) => {
    const { code, stdout } = await ask('status')
    assert.equal(code, 0)
    assert.match(stdout, /^State {9}Practice works/)
    assert.match(stdout, /^Page +https:\/\/127-0-0-1\.p[a-z0-9]+\.sandbox\.nodetrust\.test:\d+\/$/m)
    assert.equal((await ask('certificate', 'show')).code, 0)
    const printed = await ask('certificate', 'export')
    assert.match(printed.stdout, /^-----BEGIN CERTIFICATE-----/)
    assert.ok(!printed.stdout.includes('PRIVATE'))
    const path = join(await temporaryDir(t), 'chain.pem')
    assert.equal((await ask('certificate', 'export', '--out', path)).code, 0)
    assert.equal(await readFile(path, 'utf8'), printed.stdout)
  })

  test('lists peers, and looks whether visitors get through', async () => {
    const peers = await ask('peers')
    assert.equal(peers.code, 0)
    assert.match(peers.stdout, /\d+ connected, \d+ known\. The DHT is off \(discovery\.dht\)\.\n$/)
    assert.ok(JSON.parse((await ask('peers', '--json')).stdout).known >= 0)
  })

  test('adds an address of a peer, shows where it comes from, and takes it back', async () => {
    const id = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
    const address = `/ip4/192.0.2.77/tcp/4431/p2p/${id}`
    const nobody = await ask('peers', 'show', id)
    assert.deepEqual([nobody.code, nobody.stdout], [1, ''])
    assert.deepEqual(JSON.parse((await ask('peers', 'add', address, '--json')).stdout), { added: address })
    const shown = await ask('peers', 'show', id)
    assert.equal(shown.code, 0)
    assert.match(
      shown.stdout,
      /Not seen yet\n\n\/ip4\/192\.0\.2\.77\/tcp\/4431\n {2}added by you .*\n {2}never tried\n$/,
    )
    const { peer } = v.parse(JSON_OUTPUTS['peers show'], JSON.parse((await ask('peers', 'show', id, '--json')).stdout))
    assert.deepEqual(
      peer?.addresses[0]?.sources.map(({ provenance, until }) => [provenance, until]),
      [['user', null]],
    )
    assert.equal((await ask('peers', 'remove', address)).code, 0)
    assert.equal((await ask('peers', 'show', id)).code, 1)
    const again = [await ask('peers', 'remove', address), await ask('peers', 'remove', id)]
    assert.deepEqual(
      again.map(({ code }) => code),
      [1, 1],
      'what was not added is not removed',
    )
    assert.match(again[1]?.stderr ?? '', /no address of this peer was added by hand/)
    const own = (await call('state.get', {})).output.state.identity.peerId
    const ours = await ask('peers', 'add', `/ip4/192.0.2.77/tcp/4431/p2p/${own}`)
    assert.equal(ours.code, 1)
    assert.match(ours.stderr, /this very node/)
    const wrong = await ask('peers', 'add', '/ip4/192.0.2.77/tcp/4431')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /expected a multiaddr by TCP that ends with \/p2p\//)
    const reached = await ask('reachability', '--json')
    assert.equal(reached.code, 0, reached.stderr)
    const slice = v.parse(ReachabilitySlice, JSON.parse(reached.stdout))
    assert.equal(slice.status, 'local')
  })

  test('dials a peer by the policy that is asked for, and says what was tried', async () => {
    const [known] = v.parse(JSON_OUTPUTS.peers, JSON.parse((await ask('peers', '--json')).stdout)).list
    const id = known?.peerId ?? ''
    const reached = await ask('peers', 'dial', id)
    assert.equal(reached.code, 0, reached.stderr)
    assert.match(reached.stdout, /^(?:Reached|Connected already,) at \/ip4\/127\.0\.0\.1\//)
    const strict = await ask('peers', 'dial', id, '--policy', 'user-only', '--json')
    const report = v.parse(JSON_OUTPUTS['peers dial'], JSON.parse(strict.stdout))
    assert.deepEqual([report.peerId, report.policy, strict.code], [id, 'user-only', report.address === null ? 1 : 0])
    const wrong = await ask('peers', 'dial', id, '--policy', 'all')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /there is no dial policy "all": expected default, certified-only, user-only, any/)
    assert.equal((await ask('peers', 'dial', 'anna')).code, 2)
  })

  test('says where no signed record is known: a node that nobody sees from outside has signed none', async () => {
    const own = (await call('state.get', {})).output.state.identity.peerId
    const ours = await ask('peers', 'show', own, '--record')
    assert.deepEqual([ours.code, ours.stdout], [1, ''])
    assert.match(ours.stderr, /No signed record of this peer is known/)
    const nobody = await ask('peers', 'show', '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN', '--record')
    assert.deepEqual([nobody.code, nobody.stdout], [1, ''])
    const rubbish = await ask('peers', 'show', 'rubbish')
    assert.equal(rubbish.code, 2)
    assert.match(rubbish.stderr, /"rubbish" is no peer id, such as 12D3KooW…/)
  })

  test('gives programs what its schemas say', async () => {
    for (const [words, code] of [
      [['status'], 0],
      [['peers'], 0],
      [['certificate', 'show'], 0],
      [['certificate', 'export'], 0],
      [['open', '--viewer'], 0],
      [['confirm'], 1],
      [['join', sandbox?.invitation ?? ''], 2],
    ] as const) {
      const name = words[0] === 'certificate' ? (`certificate ${words[1]}` as const) : words[0]
      const asked = await ask(...words, '--json')
      assert.equal(asked.code, code, asked.stderr)
      v.parse(JSON_OUTPUTS[name], JSON.parse(asked.stdout))
      assert.equal(asked.stdout.trim().split('\n').length, 1)
    }
    const check = await ask('status', '--check')
    assert.equal(check.code, 0)
    assert.match(check.stdout, /^NODETRUST OK - Practice works.* \| days=\d+\.\d\n$/)
  })

  test('tells the newest lines of its log, which a diagnostics file may hold too', async () => {
    const told = await ask('logs', '--lines', '500')
    assert.deepEqual([told.code, told.stderr], [0, ''])
    for (const line of told.stdout.trimEnd().split('\n'))
      assert.match(line, /^[\d-]{10}T[\d:.]{12}Z {2}(debug|info|warn|error) +\S/)
    const json = await ask('logs', '--lines', '3', '--json')
    const lines = json.stdout.trimEnd().split('\n')
    assert.equal(lines.length, 3)
    for (const line of lines) v.parse(JSON_OUTPUTS.logs, JSON.parse(line))
    assert.equal((await ask('logs', '--lines', '501')).code, 2)
    const { token } = (await readRuntime(dir)) ?? assert.fail('no node')
    assert.ok(!told.stdout.includes(token))
  })

  test('gives a fresh link, for looking only where that is asked', async () => {
    for (const [words, role] of [
      [['open'], 'owner'],
      [['open', '--viewer'], 'viewer'],
    ] as const) {
      const { code, stdout, stderr } = await ask(...words)
      const [, port, secret] = /^http:\/\/127\.0\.0\.1:(\d+)\/#t=([A-Za-z0-9_-]{43})\n$/.exec(stdout) ?? []
      assert.equal(code, 0)
      assert.match(stderr, /once, for \d\d seconds/)
      const session = JSON.parse((await post(Number(port), '/session', { code: secret })).body)
      assert.equal(session.role, role)
    }
  })

  test('shows the code that a page waits for, and nothing where none does', async () => {
    const none = await ask('confirm')
    assert.deepEqual([none.code, none.stdout], [1, ''])
    const { stdout } = await ask('open')
    const [, port, secret] = /:(\d+)\/#t=(.+)\n$/.exec(stdout) ?? []
    const { token } = JSON.parse((await post(Number(port), '/session', { code: secret })).body)
    const asked = await post(Number(port), '/api/confirmation.request', { action: 'export-identity' }, [bearer(token)])
    assert.equal(JSON.parse(asked.body).output.code, null)
    const shown = await ask('confirm')
    assert.equal(shown.code, 0)
    assert.match(shown.stdout, /^[0-9]{6}\n$/)
    assert.match(shown.stderr, /save the identity as a file.* \d+ seconds/)
    const confirmation = shown.stdout.trim()
    const exported = await post(
      Number(port),
      '/api/identity.export',
      { passphrase: 'correct horse battery', confirmation },
      [bearer(token)],
    )
    assert.equal(JSON.parse(exported.body).ok, true, exported.body)
  })

  test('writes diagnostics that hold no key of the real node', async () => {
    const { output } = await call('diagnostics.export', {})
    const key = (await readFile(join(dir, 'peer.key'))).toString('utf8').trim()
    const bundle = JSON.parse(await readFile(join(dir, 'certificate.json'), 'utf8'))
    const { token } = (await readRuntime(dir)) ?? assert.fail('no node')
    for (const secret of [key, ...bundle.keyPem.split('\n').slice(1, -2), token, sandbox?.invitation ?? '']) {
      assert.ok(secret.length > 20 && !output.content.includes(secret), secret.slice(0, 8))
    }
    assert.ok(JSON.parse(output.content).events.length > 10)
  })

  test('ends when a page asks for it, and takes its runtime file along', async () => {
    assert.equal((await call('app.quit', {})).ok, true)
    const end = await node?.ended
    assert.equal(end?.code, 0, end?.stderr)
    await assert.rejects(stat(runtimePath(dir)), /ENOENT/)
    const gone = await ask('status')
    assert.deepEqual([gone.code, gone.stdout], [3, ''])
    assert.match(gone.stderr, /^nodetrust: no node runs on .*: start one with `bin\/nodetrust node`\n$/)
  })
})

describe('the app that has a page for nobody', () => {
  test('is named to whoever asks for a node, with the way to it', async (t) => {
    const dir = await temporaryDir(t)
    const lock = await lockFolder(dir)
    t.after(() => lock.release())
    const asked = await start(['status', `--dir=${dir}`]).ended
    assert.equal(asked.code, 3)
    assert.match(
      asked.stderr,
      new RegExp(
        `process ${process.pid} has .*\n.*the app: choose “Open in browser” in its settings.*\n.*bridge\\.enabled`,
      ),
    )
  })
})

describe('a node', () => {
  test('that speaks in events says nothing of its page, and can be asked all the same', async (t) => {
    const dir = await temporaryDir(t)
    const node = start(['node', '--events', `--dir=${dir}`, ...LISTEN])
    t.after(() => node.child.kill('SIGKILL'))
    await runtimeOf(dir, node.ended)
    assert.equal((await start(['status', `--dir=${dir}`]).ended).code, 0)
    node.child.kill('SIGTERM')
    const { code, stdout } = await node.ended
    assert.equal(code, 0)
    for (const line of stdout.trim().split('\n')) assert.equal(typeof JSON.parse(line).event, 'string')
  })

  test('B17 serves no page where its configuration says so', async (t) => {
    const dir = await temporaryDir(t)
    const node = start(['node', `--dir=${dir}`, '--bridge.enabled=false', ...LISTEN])
    t.after(() => node.child.kill('SIGKILL'))
    while (!node.out().includes('Note: ')) await settle()
    assert.equal((await start(['status', `--dir=${dir}`]).ended).code, 3)
    node.child.kill('SIGTERM')
    assert.equal((await node.ended).code, 0)
  })

  test('that was killed is not taken for one that runs', async (t) => {
    const dir = await temporaryDir(t)
    const node = start(['node', '--events', `--dir=${dir}`, ...LISTEN])
    const { port } = await runtimeOf(dir, node.ended)
    node.child.kill('SIGKILL')
    await node.ended
    assert.ok((await stat(runtimePath(dir))).isFile())
    assert.equal((await start(['status', `--dir=${dir}`]).ended).code, 3)
    await assert.rejects(request(port, 'GET /health'), /ECONNREFUSED/)
  })
})

describe('the command line', () => {
  const USAGE = [
    [['certificate'], /usage: nodetrust certificate show\|get/],
    [['certificate', 'hide'], /usage: nodetrust certificate show\|get/],
    [['certificate', 'shwo'], /did you mean nodetrust certificate show\?/],
    [['certificate', 'constructor'], /usage: nodetrust certificate show\|get/],
    [['certificate', 'export', '--out'], /--out needs a value/],
    [['status', 'quickly'], /cannot understand "quickly"\nusage: nodetrust status/],
    [['status', '--loud'], /there is no flag "--loud" for nodetrust status\nusage: nodetrust status/],
    [['status', '--jsno'], /did you mean --json\?/],
    [['join'], /the invitation is missing: nodetrust join INVITATION/],
    [['open', '--dir=/nowhere', '--viewer=yes'], /--viewer takes no value/],
  ] as const
  for (const [[command, ...words], pattern] of USAGE) {
    test(`does not understand \`${[command, ...words].join(' ')}\` and says how it is used`, async () => {
      const asked = runCommand([command, ...words], terminal(new AbortController().signal))
      await assert.rejects(asked, { name: 'UsageError', message: pattern })
    })
  }

  test('ends with 2 where it does not understand', async () => {
    const { code, stdout, stderr } = await start(['status', 'quickly']).ended
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^nodetrust: cannot understand "quickly"\n/)
  })
})

/** A terminal that remembers what was said; nobody sits at it. */
function terminal(
  signal: AbortSignal,
  ask?: Terminal['ask'],
): Terminal & { readonly said: string[]; readonly printed: string[] } {
  const [said, printed]: [string[], string[]] = [[], []]
  return {
    ...{ said, printed, signal, ask, env: {}, clock: manualClock() },
    say: (text) => void said.push(text),
    print: (text) => void printed.push(text),
    write: (text) => void printed.push(text),
  }
}

describe('a command', () => {
  test('`certificate get` that is left with Ctrl-C leaves the attempt alone', async (t) => {
    const started = await startBridge(t)
    started.program.setNode({ attempt: { id: 'attempt-1', kind: 'first', startedAt: Date.now() } })
    const left = new AbortController()
    const at = terminal(left.signal)
    const code = runCommand(['certificate', 'get', `--dir=${started.dir}`], at)
    while (started.program.calls.length === 0) await settle()
    left.abort()
    assert.equal(await code, 130)
    assert.match(at.said.at(-1) ?? '', /goes on without you/)
    assert.deepEqual(started.program.calls, [['getCertificate']])
  })

  test('`join` does nothing where the person says no', async (t) => {
    const started = await startBridge(t)
    const questions: string[] = []
    const at = terminal(new AbortController().signal, async (question) => questions.push(question) > 99)
    assert.equal(await runCommand(['join', INVITATION, `--dir=${started.dir}`], at), 1)
    assert.equal(questions.length, 1)
    assert.deepEqual(started.program.calls, [])
    const agreeing = terminal(new AbortController().signal, async () => true)
    assert.equal(await runCommand(['join', INVITATION, `--dir=${started.dir}`], agreeing), 0)
    assert.deepEqual(started.program.calls, [['join', INVITATION]])
  })

  test('`join` says what a shell does to an invitation without quotes', async (t) => {
    const started = await startBridge(t)
    const at = terminal(new AbortController().signal)
    const [cut = ''] = INVITATION.split('&')
    await assert.rejects(runCommand(['join', cut, `--dir=${started.dir}`], at), { name: 'ApiError' })
    assert.match(at.said.at(-1) ?? '', /between quotes/)
    const lost = terminal(new AbortController().signal)
    await assert.rejects(runCommand(['join', INVITATION.slice(0, -3), `--dir=${started.dir}`], lost), {
      name: 'ApiError',
    })
    assert.deepEqual(lost.said, [])
  })

  test('does not believe an answer that is against the contract', async (t) => {
    const started = await startBridge(t)
    const server = createServer((_request, response) => response.end('{"ok":true,"output":{"rev":"x"}}'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const address = server.address()
    const facts = JSON.parse(await readFile(runtimePath(started.dir), 'utf8'))
    const port = typeof address === 'object' ? address?.port : 0
    await writeFile(runtimePath(started.dir), JSON.stringify({ ...facts, port }))
    const at = terminal(new AbortController().signal)
    await assert.rejects(runCommand(['status', `--dir=${started.dir}`], at), {
      name: 'ApiError',
      message: /another version/,
    })
  })

  test('says of a node whose key is locked what to do', async (t) => {
    const started = await startBridge(t)
    const { identity } = started.program.facts()
    started.program.set({ phase: 'failed', node: undefined, identity: { ...identity, state: 'locked' } })
    const at = terminal(new AbortController().signal)
    assert.equal(await runCommand(['status', `--dir=${started.dir}`], at), 0)
    assert.match(at.printed[0] ?? '', /^State {9}The key is locked: unlock your password store\./)
  })
})
