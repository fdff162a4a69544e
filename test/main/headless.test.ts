// The node as a process: what it prints, how it ends, and with which exit code.
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, describe, test } from 'node:test'
import { nodeFlags } from '../../core/node-flags.ts'
import { type NodeEventLine, parseNodeEventLine } from '../../proto/node-events.ts'
import { tellsNews } from '../../main/tell.ts'
import { serialiseBundle } from '../../core/x509/index.ts'
import { makeBundle, temporaryDir, testAuthority, until } from './support.ts'
import type { CertificateReport } from '../../main/certificates/show.ts'

const HEADLESS = join(import.meta.dirname, '..', '..', 'main', 'headless.ts')
const LISTEN = ['--listen.addresses=/ip4/127.0.0.1/tcp/0', '--listen.wss=/ip4/127.0.0.1/tcp/0/tls/ws']
/** The keychain of whoever runs the tests is none of their business. */
const FILE_STORE = '--identity.store=file'

interface Run {
  readonly child: ChildProcessWithoutNullStreams
  readonly lines: string[]
  readonly complaint: () => string
  /** Exit code and how long it took from the signal, in milliseconds. */
  readonly end: (signal?: NodeJS.Signals) => Promise<{ readonly code: number | null; readonly ms: number }>
}

function run(t: TestContext, words: readonly string[], env: Record<string, string> = {}): Run {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODETRUST_')))
  const child = spawn(process.execPath, [...nodeFlags(), HEADLESS, ...words], { env: { ...clean, ...env } })
  t.after(() => child.kill('SIGKILL'))
  const lines: string[] = []
  let complaint = ''
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    ...{ child, lines, complaint: () => complaint },
    async end(signal) {
      const began = performance.now()
      if (signal) child.kill(signal)
      return { code: await closed, ms: performance.now() - began }
    },
  }
}

const eventsOf = (lines: readonly string[]) => lines.map(parseNodeEventLine)
const started = (lines: readonly string[]): Extract<NodeEventLine, { event: 'started' }> | undefined =>
  eventsOf(lines).find((event) => event?.event === 'started')

describe('the headless node', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`prints events as JSON and ends cleanly with ${signal}`, async (t) => {
      const { lines, end, complaint } = run(t, ['node', '--events', `--dir=${await temporaryDir(t)}`, ...LISTEN])
      await until('its start', () => started(lines) !== undefined)
      const { code, ms } = await end(signal)
      assert.equal(code, 0)
      assert.ok(ms < 5_000, `${ms} ms`)
      assert.ok(
        lines.every((line) => parseNodeEventLine(line)),
        lines.join('\n'),
      )
      assert.equal(eventsOf(lines).at(-1)?.event, 'stopped')
      assert.equal(complaint(), '')
    })
  }

  test('ends within five seconds while a client sits on its port and says nothing', async (t) => {
    const { lines, end } = run(t, ['node', '--events', `--dir=${await temporaryDir(t)}`, ...LISTEN])
    await until('its start', () => started(lines) !== undefined)
    const port = Number(/\/tcp\/([0-9]+)/.exec(started(lines)?.addresses[0] ?? '')?.[1])
    const idle = connect(port, '127.0.0.1')
    idle.on('error', () => undefined)
    t.after(() => idle.destroy())
    await new Promise((resolve) => idle.once('connect', resolve))
    const { code, ms } = await end('SIGTERM')
    assert.equal(code, 0)
    assert.ok(ms < 5_500, `${ms} ms`)
  })

  test('speaks in sentences without --events, and as `app` gives the link to its page', async (t) => {
    const { lines, end } = run(t, ['app', '--no-open', `--dir=${await temporaryDir(t)}`, ...LISTEN, FILE_STORE])
    await until('its note', () => lines.some((line) => line.includes('Note: ')))
    assert.match(lines[0] ?? '', /^[0-9-]{10} [0-9:]{8} {2}Started as 12D3Koo/)
    await until('the link', () =>
      lines.some((line) => /^Open http:\/\/127\.0\.0\.1:[0-9]+\/#t=[A-Za-z0-9_-]{43}$/.test(line)),
    )
    await end('SIGTERM')
    assert.match(lines.at(-1) ?? '', /Stopped\.$/)
  })

  test('prints one sentence and ends with 2 where its configuration is wrong', async (t) => {
    const { lines, end, complaint } = run(t, ['node', '--log=loud'])
    assert.equal((await end()).code, 2)
    assert.deepEqual(lines, [])
    assert.match(complaint(), /^nodetrust: `log` in the flag --log: expected .*"loud"\n$/)
  })

  test('takes variables, and names the one that is wrong', async (t) => {
    const { end, complaint } = run(t, ['node'], { NODETRUST_DISCOVERY__CONNECT: 'all' })
    assert.equal((await end()).code, 2)
    assert.match(complaint(), /`discovery.connect` in the variable NODETRUST_DISCOVERY__CONNECT/)
  })

  test('ends with 2 where its file is absent, and where it cannot understand a word', async (t) => {
    const absent = run(t, ['node', '--config', join(await temporaryDir(t), 'absent.yaml')])
    assert.equal((await absent.end()).code, 2)
    assert.match(absent.complaint(), /there is no configuration file/)
    const strange = run(t, ['node', 'quickly'])
    assert.equal((await strange.end()).code, 2)
    assert.match(strange.complaint(), /cannot understand "quickly"/)
  })

  test('ends with 1 where its port is in use', async (t) => {
    const first = run(t, ['node', '--events', `--dir=${await temporaryDir(t)}`, ...LISTEN])
    await until('its start', () => started(first.lines) !== undefined)
    const taken = started(first.lines)?.addresses[0]?.replace(/\/p2p\/.*/, '') ?? ''
    const second = run(t, ['node', `--dir=${await temporaryDir(t)}`, `--listen.addresses=${taken}`])
    assert.equal((await second.end()).code, 1)
    assert.match(second.complaint(), /^nodetrust: the node cannot start: a port of .* is in use/)
  })
})

describe('`certificate show`', () => {
  test('says that there is no certificate, and ends with 1', async (t) => {
    const { end, lines } = run(t, ['certificate', 'show', `--dir=${await temporaryDir(t)}`])
    assert.equal((await end()).code, 1)
    assert.match(lines[0] ?? '', /^Certificate +there is none yet$/)
  })

  test('prints the certificate as JSON, without its key, beside a running node', async (t) => {
    const dir = await temporaryDir(t)
    const node = run(t, ['node', '--events', `--dir=${dir}`, ...LISTEN])
    await until('its start', () => started(node.lines) !== undefined)
    const authority = await testAuthority(Date.now())
    const names = ['node.example.net']
    const bundle = await makeBundle({ authority, names, now: Date.now() })
    await writeFile(join(dir, 'certificate.json'), serialiseBundle(bundle))
    const shown = run(t, ['certificate', 'show', '--json', `--dir=${dir}`])
    assert.equal((await shown.end()).code, 0)
    const report: CertificateReport = JSON.parse(shown.lines.join('\n'))
    assert.deepEqual(report.certificate?.names, names)
    assert.equal(report.renewal?.reason, 'third-left')
    assert.ok(!shown.lines.join('').includes('PRIVATE'))
    await node.end('SIGTERM')
  })

  test('says how it is used where it cannot be understood', async (t) => {
    const { end, complaint } = run(t, ['certificate', 'hide'])
    assert.equal((await end()).code, 2)
    assert.match(complaint(), /usage: bin\/nodetrust certificate show/)
  })
})

describe('two nodes', () => {
  test('do not run on one folder: the second names the first and the folder', async (t) => {
    const dir = await temporaryDir(t)
    const first = run(t, ['node', '--events', `--dir=${dir}`, ...LISTEN])
    await until('its start', () => started(first.lines) !== undefined)
    const second = run(t, ['node', `--dir=${dir}`, ...LISTEN])
    assert.equal((await second.end()).code, 1)
    assert.match(second.complaint(), new RegExp(`${dir} is in use by process ${first.child.pid}`))
    await first.end('SIGKILL')
    const third = run(t, ['node', '--events', `--dir=${dir}`, ...LISTEN])
    await until('the start after a crash', () => started(third.lines) !== undefined)
    assert.equal((await third.end('SIGTERM')).code, 0)
  })
})

describe('a line', () => {
  test('that is no event is none', () => {
    for (const line of ['', 'hello', '{}', 'null', '{"at":"x","event":"toString"}', '{"event":"stopped"}']) {
      assert.equal(parseNodeEventLine(line), undefined, line)
    }
    assert.equal(parseNodeEventLine('{"at":"2026-11-20T12:00:00.000Z","event":"stopped"}')?.event, 'stopped')
  })

  test('about a repeated broadcast is not told to people again', () => {
    const news = tellsNews()
    const line = {
      at: '2026-11-20T12:00:00.000Z',
      event: 'broadcast',
      seq: '1',
      addresses: ['/ip4/8.8.8.8/tcp/1'],
    } as const
    assert.equal(news(line), '2026-11-20 12:00:00  Told the network our addresses: /ip4/8.8.8.8/tcp/1.')
    assert.equal(news(line), undefined)
    assert.ok(news({ ...line, seq: '2' }))
  })
})
