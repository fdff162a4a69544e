// What becomes of a node and of servers when they get a signal or nobody reads what they print: they go on or stop cleanly, and
// never die of it. Real processes, as a service manager, a terminal or a shell would treat them.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, existsSync, openSync } from 'node:fs'
import { access, readFile, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { nodeFlags } from '../../core/node-flags.ts'
import { readRuntime } from '../../main/bridge/runtime-file.ts'
import { temporaryDir } from '../main/support.ts'
import { cleanEnv, ROOT, runCommand } from '../support/command.ts'
import { freePorts } from '../support/free-port.ts'

const LISTEN = ['--listen.addresses=/ip4/127.0.0.1/tcp/0', '--listen.wss=/ip4/127.0.0.1/tcp/0/tls/ws']
const HEADLESS = join(ROOT, 'main', 'headless.ts')
const SERVERS = join(ROOT, 'servers', 'cli.ts')

interface Process {
  readonly child: ChildProcess
  readonly out: string[]
  err(): string
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Waits until something is so; fails where the process ends before. */
  until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void>
}

function start(
  t: TestContext,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  program = process.execPath,
): Process {
  const child = spawn(program, words, { env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const out: string[] = []
  let err = ''
  createInterface({ input: child.stdout }).on('line', (line) => out.push(line))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = new Promise<Awaited<Process['ended']>>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  return {
    ...{ child, out, ended, err: () => err },
    async until(what, isSo) {
      while (!(await isSo())) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended before ${what}: ${err}`)
        await sleep(20)
      }
    },
  }
}

const node = (dir: string, ...more: string[]) => [...nodeFlags(), HEADLESS, 'node', `--dir=${dir}`, ...LISTEN, ...more]

async function runningNode(t: TestContext, dir: string, ...more: string[]): Promise<Process> {
  const process = start(t, node(dir, '--log=info', ...more))
  await process.until('it serves its page', async () => (await readRuntime(dir)) !== undefined)
  return process
}

/** A DNS server and a broker on loopback, with a denylist and a token. */
async function serversConfig(t: TestContext) {
  const dir = await temporaryDir(t)
  const made = await runCommand(['init', 'dns', 'broker', '--zone', 'nt.example.net', '--dir', dir])
  assert.equal(made.code, 0, made.stderr)
  const path = join(dir, 'nodetrust.yaml')
  const config = parse(await readFile(path, 'utf8'))
  const [dns, control, broker, admin] = await freePorts(4)
  Object.assign(config.dns, { listen: `127.0.0.1:${dns}`, control: [`/ip4/127.0.0.1/tcp/${control}`] })
  config.dns.denylists = [join(dir, 'deny.txt')]
  Object.assign(config.broker, { listen: `127.0.0.1:${broker}`, url: `http://127.0.0.1:${broker}` })
  config.broker.access = { tokenFile: join(dir, 'token') }
  config.admin = `127.0.0.1:${admin}`
  await writeFile(join(dir, 'deny.txt'), '198.51.100.1\n')
  await writeFile(join(dir, 'token'), 'abcdefghijklmnopqrstuvwxyz\n')
  const write = () => writeFile(path, stringify(config))
  await write()
  return { dir, path, config, write, page: `http://127.0.0.1:${admin}/` }
}

const serve = (path: string) => [...nodeFlags(), SERVERS, 'serve', 'all', '--config', path]

describe('B9 a running node', () => {
  test('goes on at SIGHUP, says what it read, and stops cleanly at SIGTERM', async (t) => {
    const dir = await temporaryDir(t)
    const running = await runningNode(t, dir)
    running.child.kill('SIGHUP')
    await running.until('it says so', () => running.err().includes('read the configuration again'))
    running.child.kill('SIGTERM')
    assert.deepEqual(await running.ended, { code: 0, signal: null })
  })

  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGQUIT'] as const)
    test(`does not die of ${signal} while it starts`, async (t) => {
      const dir = await temporaryDir(t)
      const early = start(t, node(dir, '--events'))
      await early.until('it starts', () => early.out.length > 0)
      early.child.kill(signal)
      early.child.kill(signal)
      if (signal !== 'SIGQUIT') early.child.kill('SIGTERM')
      assert.deepEqual(await early.ended, { code: 0, signal: null })
    })

  test('goes on when nobody reads its output any more', async (t) => {
    const dir = await temporaryDir(t)
    const running = await runningNode(t, dir)
    running.child.stdout?.destroy()
    running.child.stderr?.destroy()
    for (let round = 0; round < 3; round++) running.child.kill('SIGHUP')
    const asked = start(t, [...nodeFlags(), HEADLESS, 'status', `--dir=${dir}`])
    assert.deepEqual(await asked.ended, { code: 0, signal: null })
    assert.equal(running.child.exitCode, null)
    running.child.kill('SIGTERM')
    assert.deepEqual(await running.ended, { code: 0, signal: null })
  })

  test('stops cleanly when the program that reads its events has gone', async (t) => {
    const dir = await temporaryDir(t)
    const running = start(t, node(dir, '--events'))
    running.child.stdout?.destroy()
    assert.deepEqual(await running.ended, { code: 0, signal: null })
    assert.equal(existsSync(join(dir, 'bridge.json')), false)
  })

  test('answers a command whose reader has gone after the first line', async (t) => {
    const dir = await temporaryDir(t)
    await runningNode(t, dir)
    const watching = ['status --watch', 'status --watch --json', 'logs --follow']
    for (const words of ['status', 'status --json', 'peers', 'certificate show', ...watching]) {
      const line = `${JSON.stringify(process.execPath)} ${nodeFlags().join(' ')} ${HEADLESS} ${words} --dir=${dir} | true; echo "\${PIPESTATUS[0]}"`
      const shell = start(t, ['-c', line], {}, 'bash')
      await shell.ended
      assert.doesNotMatch(shell.err(), /EPIPE|Unhandled|at .*node:/, words)
      assert.match(shell.out.at(-1) ?? '', words.startsWith('certificate') ? /^1$/ : /^0$/, words)
    }
  })

  test(
    'says that a result could not be written, and fails',
    { skip: existsSync('/dev/full') ? false : 'no /dev/full here' },
    async (t) => {
      const dir = await temporaryDir(t)
      await access('/dev/full', constants.W_OK)
      const full = openSync('/dev/full', 'w')
      t.after(() => closeSync(full))
      const child = spawn(process.execPath, [...nodeFlags(), HEADLESS, 'certificate', 'show', `--dir=${dir}`], {
        ...{ env: cleanEnv(), stdio: ['ignore', full, 'pipe'] },
      })
      let said = ''
      child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
      const code = await new Promise((resolve) => child.once('close', resolve))
      assert.equal(code, 1)
      assert.match(said, /^nodetrust: the result could not be written: .*ENOSPC.*\n$/)
    },
  )
})

describe('B9 running servers', () => {
  test('read denylists, invitations and tokens again at SIGHUP, and name what needs a restart', async (t) => {
    const world = await serversConfig(t)
    const running = start(t, serve(world.path))
    await running.until('they serve', () => running.out.some((line) => line.includes('"admin"')))
    await writeFile(join(world.dir, 'deny.txt'), '198.51.100.1\n198.51.100.2\n198.51.100.3\n')
    world.config.dns.rateLimit = false
    world.config.broker.access.peers = ['12D3KooWRA19YXJCPaMryqrGPCPLJGMebTE5oChvNnoM3nRteAfE']
    await world.write()
    running.child.kill('SIGHUP')
    await running.until('they have read', () => running.err().includes('"msg":"read again"'))
    assert.match(running.err(), /"entries":3,"msg":"read a denylist again"/)
    assert.match(running.err(), /"read":\["dns.denylists","broker.access","invitations"\],"msg":"read again"/)
    await running.until('they say what waits', () => running.err().includes('after a restart only'))
    assert.match(running.err(), /"keys":\["dns.rateLimit"\]/)
    assert.equal((await fetch(world.page)).status, 200)

    await writeFile(world.path, 'zone: [\n')
    running.child.kill('SIGHUP')
    await running.until('they complain', () => running.err().includes('the one from the start counts'))
    assert.equal((await fetch(world.page)).status, 200)
    running.child.kill('SIGTERM')
    assert.deepEqual(await running.ended, { code: 0, signal: null })
  })

  test('go on when nobody reads what they say', async (t) => {
    const world = await serversConfig(t)
    const running = start(t, serve(world.path))
    // before there is a line at all: what `head -1` leaves unread may fit into the pipe
    running.child.stdout?.destroy()
    running.child.stderr?.destroy()
    const isUp = () =>
      fetch(world.page).then(
        ({ ok }) => ok,
        () => false,
      )
    await running.until('they serve', isUp)
    for (let round = 0; round < 5; round++) {
      running.child.kill('SIGHUP')
      assert.ok(await isUp())
    }
    running.child.kill('SIGTERM')
    assert.deepEqual(await running.ended, { code: 0, signal: null })
  })

  test('get a signal through the wrapper once, although the terminal sends it to both', async (t) => {
    const world = await serversConfig(t)
    const wrapper = spawn(process.execPath, [join(ROOT, 'scripts', 'nodetrust.mjs'), ...serve(world.path).slice(-4)], {
      ...{ env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    })
    const group = -(wrapper.pid ?? assert.fail('not started'))
    let out = ''
    wrapper.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const ended = new Promise((resolve) => wrapper.once('exit', (code, signal) => resolve({ code, signal })))
    t.after(() => {
      try {
        process.kill(group, 'SIGKILL')
      } catch {
        // it has gone already
      }
    })
    while (!out.includes('"admin"')) {
      assert.equal(wrapper.exitCode, null)
      await sleep(20)
    }
    process.kill(group, 'SIGINT')
    assert.deepEqual(await ended, { code: 0, signal: null })
  })
})
