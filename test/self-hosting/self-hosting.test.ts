// docs/self-hosting.md and docs/keeping-it.md, tried: every command in their order, from bare machines to a node that a visitor reaches by its own
// name, and on to a server that has moved. What stands for the outside: two Pebbles for Let's Encrypt (world.ts), an example.net whose
// registrar obeys the page (internet.ts), and stand-ins for systemctl and journalctl that run what the units say.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { packageHeadless } from '../../scripts/package-headless.ts'
import { ROOT } from '../support/command.ts'
import { createLab, whyNoLab } from '../support/namespaces.ts'
import { missingLine, PageError, readPage, type Step } from './page.ts'
import { bareMachine, type Bare, eventually, internet, replaceCa, ROOT_PATH, startCa, trust } from './world.ts'

/** In the order in which they are read. */
const PAGES = ['self-hosting.md', 'keeping-it.md']

const readPages = () => Promise.all(PAGES.map((name) => readFile(join(ROOT, 'docs', name), 'utf8')))
const run = promisify(execFile)

/** Placeholders of the page, which a person fills in with what an earlier command printed. */
const INVITATION = 'nodetrust://join/nt.example.net?name=…&issue=…'
const VISITED = 'https://…/'

const PROGRAMS = ['pebble', 'dig', 'curl', 'nsenter', 'unshare', 'setpriv', 'setsid'] as const

async function whyNot(): Promise<string | undefined> {
  const lab = await whyNoLab()
  if (lab !== undefined) return lab
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  const missing = PROGRAMS.find((name) => !folders.some((folder) => existsSync(join(folder, name))))
  if (missing) return `${missing} is not installed`
  const tried =
    'd=$(mktemp -d) && mount -t tmpfs tmpfs $d && mkdir $d/u $d/w && mount -t overlay overlay -o lowerdir=/etc,upperdir=$d/u,workdir=$d/w /etc'
  return await run('unshare', ['--mount', '--propagation', 'private', '/bin/sh', '-c', tried]).then(
    () => undefined,
    (error: unknown) => `this machine mounts no overlay: ${String(error).slice(0, 200)}`,
  )
}

const why = await whyNot()

describe('docs/self-hosting.md and docs/keeping-it.md', () => {
  test('say of every block of commands where it is run, or why it is not', async () => {
    const steps = (await readPages()).flatMap(readPage)
    const ran = steps.filter(({ kind }) => kind === 'run').length
    const left = steps.filter(({ kind }) => kind === 'left-out').length
    assert.ok(ran >= 25 && left <= 4, `${ran} are run, ${left} are not`)
  })

  test('edit no file with sed: what a host changes has a flag', async () => {
    for (const step of (await readPages()).flatMap(readPage))
      if (step.kind === 'run') assert.doesNotMatch(step.commands, /\bsed\b/, `line ${step.line}`)
  })

  test('link to headings that are there', async () => {
    const anchors = (text: string) =>
      [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      )
    const [first = '', second = ''] = await readPages()
    for (const [page, text] of [
      ['self-hosting.md', first],
      ['keeping-it.md', second],
    ] as const)
      for (const [, to = '', anchor = ''] of text.matchAll(/\]\(((?:self-hosting|keeping-it)\.md)?#([\w-]+)\)/g))
        assert.ok(
          anchors((to || page) === 'self-hosting.md' ? first : second).includes(anchor),
          `${page}: ${to}#${anchor}`,
        )
  })

  test('name only settings that the configuration has', async () => {
    const page = (await readPages()).join('\n')
    const sections = join(ROOT, 'servers', 'config')
    const source = (
      await Promise.all((await readdir(sections)).map((name) => readFile(join(sections, name), 'utf8')))
    ).join()
    for (const [, path = ''] of page.matchAll(/`(?:dns|proof|issue|broker)\.([a-zA-Z.]+)(?::[^`]*)?`/g)) {
      if (/^(?:key|sqlite)$/.test(path)) continue
      for (const key of path.split('.')) assert.match(source, new RegExp(`\\b${key}\\b`), path)
    }
  })

  test('can have no commands that nobody tries, or promises about nothing', () => {
    assert.throws(() => readPage('```sh\nrm -rf x\n```'), PageError)
    assert.throws(() => readPage('<!-- run: host -->\n```sh\nls'), PageError)
    assert.throws(() => readPage('<!-- prints -->\n```text\nx\n```'), PageError)
    assert.equal(missingLine(['a … c'], 'a b c'), undefined)
    assert.equal(missingLine(['a … c', 'd'], 'a b c'), 'd')
  })
})

describe('the commands of docs/self-hosting.md and docs/keeping-it.md', { skip: why ?? false }, () => {
  let folder = ''
  let tarball = ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nodetrust-hosting-'))
    tarball = (await packageHeadless({ dist: join(folder, 'dist'), build: join(folder, 'build') })).path
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('lead from bare machines to a network that people join, and that moves', { timeout: 280_000 }, async (t) => {
    const lab = createLab(t)
    const [one, two, three, four] = [await lab.machine(), await lab.machine(), await lab.machine(), await lab.machine()]
    const { router, delegate } = await internet(lab, [
      [one, '203.0.113.5'],
      [two, '20.0.2.2'],
      [three, '20.0.3.2'],
      [four, '203.0.113.77'],
    ])
    const host = await bareMachine(t, one, [tarball])
    const home = await bareMachine(t, two, [tarball])
    const visitor = await bareMachine(t, three, [tarball])
    const newHost = await bareMachine(t, four, [tarball])
    const machines: Readonly<Record<string, Bare>> = { host, home, visitor, 'new-host': newHost }
    const letsencrypt = await startCa(t, router, 15_000)
    const cas = { staging: await startCa(t, router, 14_000), letsencrypt }
    for (const each of [host, newHost]) await replaceCa(each, cas)
    const env = { CURL_CA_BUNDLE: ROOT_PATH }

    let invitation = ''
    let visited = ''

    /** Starting takes a moment, and a person looks again; so do we. */
    const first: Readonly<Record<string, () => Promise<unknown>>> = {
      'home-after-rehearsal': () =>
        eventually('the rehearsal', () => says(home, 'nodetrust status --dir=/var/lib/nodetrust', /passed/)),
      'home-after-certificate': () =>
        eventually('the certificate', () =>
          says(home, 'nodetrust status --dir=/var/lib/nodetrust', /Everything works[^]*get through/),
        ),
      'visitor-after-broker': () =>
        eventually('the broker', async () => {
          const { code } = await visitor.sh('curl -s https://nt.example.net/v1/health', env)
          return code === 0 ? true : undefined
        }),
    }

    const step = async (asked: Extract<Step, { kind: 'run' }>): Promise<void> => {
      await first[asked.machine]?.()
      const machine = machines[asked.machine.replace(/-after-.*$/, '')]
      assert.ok(machine, `line ${asked.line}: there is no machine "${asked.machine}"`)
      const commands = asked.commands.replace(INVITATION, invitation).replace(VISITED, visited)
      const { code, output } = await machine.sh(commands, env)
      t.diagnostic(`line ${asked.line}, ${asked.machine}: ${code}`)
      assert.equal(code, 0, `line ${asked.line}: ${output}`)
      assert.equal(missingLine(asked.prints, output), undefined, `line ${asked.line}: ${output}`)
      invitation = /^nodetrust:\/\/join\/\S+issue=\S+$/m.exec(output)?.[0] ?? invitation
      visited = /^Page +(\S+)$/m.exec(output)?.[1] ?? visited
      if (/init --change .*--ca letsencrypt/.test(commands))
        for (const each of [home, visitor]) await trust(each, letsencrypt.rootPem)
      if (/systemctl (?:enable --now|start|restart) nodetrust/.test(commands)) await running(machine, commands)
      if (asked.machine === 'visitor-after-broker') await checkPorts(host, visitor)
      if (asked.commands.includes(VISITED)) assert.match(output, /<!doctype html>/i)
      if (commands.includes('chmod 600 nodetrust-backup.tgz')) await copy('nodetrust-backup.tgz', host, newHost)
    }

    for (const next of (await readPages()).flatMap(readPage)) {
      if (next.kind === 'registrar') await delegate(next.records)
      if (next.kind === 'run') await step(next)
    }

    await t.test('the invitation is still good after the move, for somebody new', async () => {
      const joined = await visitor.sh(`tar -xzf nodetrust-headless-*.tgz && nodetrust-headless-*/install.sh
        systemctl enable --now nodetrust-node`)
      assert.equal(joined.code, 0, joined.output)
      await running(visitor, 'nodetrust-node')
      const { code, output } = await visitor.sh(`nodetrust join '${invitation}' --yes --dir=/var/lib/nodetrust`)
      assert.equal(code, 0, output)
      await eventually('the certificate', () =>
        says(visitor, 'nodetrust status --dir=/var/lib/nodetrust', /Everything works/),
      )
    })

    await t.test('the servers run as nobody in particular, with one privilege', async () => {
      const { output } = await newHost.sh('cat /proc/$(cat /run/units/nodetrust-servers@all.pid)/status')
      assert.match(output, /^Uid:\s+61999/m)
      t.diagnostic(/^VmRSS.*$/m.exec(output)?.[0] ?? '')
      assert.match(output, /^CapEff:\s+0000000000000400$/m)
    })

    /** What scp would do: every machine sees the test's own folder. */
    async function copy(name: string, from: Bare, to: Bare): Promise<void> {
      assert.equal((await from.sh(`cp ${name} ${folder}/`)).code, 0)
      assert.equal((await to.sh(`cp ${folder}/${name} .`)).code, 0)
    }
  })
})

/** From outside: what the page lists, neither what is for loopback nor what anybody else on the machine serves. */
async function checkPorts(host: Bare, visitor: Bare): Promise<void> {
  const other = host.sh('timeout 20 node -e "require(\'net\').createServer().listen(8080)" || true')
  await eventually('another server', () => says(host, 'ss -ltn', /:8080 /))
  const found = await Promise.all(
    [53, 443, 25_892, 25_893, 25_894, 8_080, 25_891, 25_896, 25_897].map(async (port) => {
      const { code } = await visitor.sh(`timeout 1 bash --norc -c '</dev/tcp/203.0.113.5/${port}'`)
      return code === 0 ? [port] : []
    }),
  )
  assert.deepEqual(found.flat(), [53, 443, 25_892, 25_893, 25_894])
  await host.sh("kill $(ss -ltnpH 'sport = :8080' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2)")
  await other
}

/** Waits until what was started says so. */
async function running(machine: Bare, commands: string): Promise<void> {
  const node = commands.includes('nodetrust-node')
  const unit = node ? 'nodetrust-node' : 'nodetrust-servers@all'
  await eventually(`${unit} runs`, () =>
    says(
      machine,
      node ? 'nodetrust status --dir=/var/lib/nodetrust' : `tail -n 20 /run/units/${unit}.log`,
      node ? /State/ : /"role":"broker"/,
    ),
  ).catch(async (error: unknown) => {
    throw new Error(`${String(error)}\n${(await machine.sh(`tail -n 30 /run/units/${unit}.log`)).output}`)
  })
}

async function says(machine: Bare, commands: string, pattern: RegExp): Promise<string | undefined> {
  const { output } = await machine.sh(commands)
  return pattern.test(output) ? output : undefined
}
