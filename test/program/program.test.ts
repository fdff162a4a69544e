// The program as a whole, with a real sandbox in a process of its own: from a first start to a certificate, and through
// everything a person can change.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { describe, test } from 'node:test'
import { systemProbe } from '../../main/program/check-settings.ts'
import { peerProblem } from '../../main/program/peer-problem.ts'
import { formatInvitation } from '../../proto/invitation.ts'
import { startIssueServer } from '../main/nodetrust-servers.ts'
import { testAuthority, ZONE } from '../main/support.ts'
import { freePortSettings, temporaryFolder, testProgram, until } from '../support/program.ts'
import type { ApiError } from '../../proto/api/index.ts'
import type { Program } from '../../main/program/program.ts'

const refuses = (code: string) => (error: unknown) =>
  (error as ApiError).problem?.code === code || assert.fail(`expected ${code}, got ${String(error)}`)

/** A program that has joined its sandbox, and its ports. */
async function joined(t: Parameters<typeof testProgram>[0], dir: string): Promise<Program> {
  const program = await testProgram(t, { dir })
  await writeSettings(dir)
  await program.start()
  await program.joinSandbox()
  return program
}

/** Ports of one's own, so that tests can run beside each other. */
async function writeSettings(dir: string): Promise<void> {
  const values = await freePortSettings()
  const stored = { version: 1, values, network: null, wanted: false, peers: [], backupAt: null }
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'settings.json'), JSON.stringify(stored))
}

describe('a first start', () => {
  test('asks for nothing before a network is chosen, and says so', async (t) => {
    const dir = await temporaryFolder(t)
    await writeSettings(dir)
    const program = await testProgram(t, { dir })
    await program.start()
    const facts = program.facts()
    assert.equal(facts.phase, 'running')
    assert.equal(facts.firstRun, true)
    assert.equal(facts.network.choice, null)
    assert.equal(facts.node?.hasIssuer, false)
    assert.throws(() => program.getCertificate(), refuses('no-network'))
  })
})

describe('an invitation', () => {
  test('A10 of a server that speaks for another zone is not followed', async (t) => {
    const dir = await temporaryFolder(t)
    await writeSettings(dir)
    const server = await startIssueServer(t, await testAuthority(), [])
    const program = await testProgram(t, { dir })
    await program.start()
    const link = (zone: string) => formatInvitation({ zone, name: 'Club', issue: server.addresses.slice(0, 1) })
    await assert.rejects(program.join(link('letsencrypt.org')), refuses('other-zone'))
    assert.equal(program.facts().network.choice, null)
    await program.join(`Here it is: <${link(ZONE)}>`)
    assert.equal(program.facts().network.choice?.zone, ZONE)
    assert.equal(program.invitation(), link(ZONE), 'what is kept is what was read')
  })

  test('A10 of a server that cannot be asked is held against it once it can', async (t) => {
    const dir = await temporaryFolder(t)
    await writeSettings(dir)
    const server = await startIssueServer(t, await testAuthority(), [])
    const issue = server.addresses.slice(0, 1)
    const settings = JSON.parse(await readFile(join(dir, 'settings.json'), 'utf8'))
    const invitation = formatInvitation({ zone: 'letsencrypt.org', name: 'Club', issue })
    await writeFile(
      join(dir, 'settings.json'),
      JSON.stringify({ ...settings, network: { kind: 'joined', invitation } }),
    )
    const program = await testProgram(t, { dir })
    await program.start()
    program.getCertificate({ anyway: true })
    const facts = await until(program, 'the refusal', ({ node }) => node?.failed !== undefined)
    assert.equal(facts.node?.failed?.failure.code, 'other-zone')
    assert.deepEqual(server.requests, [])
  })
})

describe('with the sandbox', { timeout: 120_000 }, () => {
  test('a click brings a certificate, and the next start has it without one', async (t) => {
    const dir = await temporaryFolder(t)
    await writeSettings(dir)
    const program = await testProgram(t, { dir })
    await program.start()
    await program.joinSandbox()
    assert.equal(program.facts().network.choice?.kind, 'sandbox')
    assert.equal(program.facts().node?.certificate, undefined)
    assert.equal(program.facts().node?.attempt, undefined, 'nothing is asked for before the click')

    const attempt = program.getCertificate()
    assert.equal(program.getCertificate(), attempt, 'a second click joins the first')
    const facts = await until(program, 'a certificate', ({ node }) => node?.certificate !== undefined && !node.attempt)
    assert.equal(facts.node?.verdict?.status, 'local')
    assert.equal(facts.network.choice?.test, true)
    assert.match(program.chainPem() ?? '', /BEGIN CERTIFICATE/)
    assert.doesNotMatch(program.chainPem() ?? '', /PRIVATE/)
    const names = facts.node?.certificate?.names ?? []
    await handshake(facts.settings.values.wssPort, names[0]?.replace('*', '127-0-0-1') ?? '')
    await program.stop()

    const again = await testProgram(t, { dir })
    await again.start()
    const stored = await until(again, 'the stored certificate', ({ node }) => node?.certificate !== undefined)
    assert.equal(stored.node?.certificate?.keyPem, facts.node?.certificate?.keyPem)
    assert.equal(stored.firstRun, false)
  })

  test('its forge gives one, too, to whoever has practised the other way before, and after a start it is there', async (t) => {
    const dir = await temporaryFolder(t)
    const program = await joined(t, dir)
    assert.deepEqual(program.facts().network.choice?.forges, [])
    await program.joinSandbox('forge')
    const { choice } = program.facts().network
    assert.deepEqual([choice?.issue, choice?.forges], [false, ['sandbox.nodetrust.test']])
    program.getCertificate()
    const facts = await until(program, 'a certificate', ({ node }) => node?.certificate !== undefined && !node.attempt)
    assert.equal(facts.node?.certificate?.source, 'autotls')
    const [name = ''] = facts.node?.certificate?.names ?? []
    assert.match(name, /^\*\.k51[a-z0-9]+\.sandbox\.nodetrust\.test$/)
    await handshake(facts.settings.values.wssPort, name.replace('*', '127-0-0-1'))
    await program.stop()

    const again = await testProgram(t, { dir })
    await again.start()
    const stored = await until(again, 'the stored certificate', ({ node }) => node?.certificate !== undefined)
    assert.equal(stored.node?.certificate?.keyPem, facts.node?.certificate?.keyPem)
    assert.deepEqual(stored.network.choice?.forges, ['sandbox.nodetrust.test'])
  })

  test('an attempt can be ended, is no failure, and can be begun again at once', async (t) => {
    const program = await joined(t, await temporaryFolder(t))
    program.getCertificate()
    program.cancel()
    await until(program, 'the end of the attempt', ({ node }) => node?.attempt === undefined)
    assert.equal(program.facts().node?.failed, undefined)
    assert.equal(program.facts().node?.certificate, undefined)
    program.getCertificate()
    await until(program, 'a certificate', ({ node }) => node?.certificate !== undefined && !node.attempt)
    assert.throws(
      () => program.getCertificate(),
      (error: ApiError) => error.problem.code === 'too-soon' && Number(error.problem.params['seconds']) <= 60,
    )
  })

  test('another port is taken by starting the node anew, and a taken one is refused', async (t) => {
    const program = await joined(t, await temporaryFolder(t))
    const { wssPort } = await freePortSettings()
    assert.deepEqual(await program.setSettings({ wssPort, theme: 'dark' }), [])
    await until(program, 'the new port', (facts) => facts.phase === 'running' && facts.node?.ports.wss === wssPort)
    assert.equal(program.facts().settings.values.theme, 'dark')

    const other = createServer().listen(0)
    await new Promise((resolve) => other.once('listening', resolve))
    t.after(() => other.close())
    const taken = (other.address() as { readonly port: number }).port
    const [problem] = await program.setSettings({ wssPort: taken })
    assert.equal(problem?.code, 'port-taken')
    assert.ok((problem?.suggestion ?? 0) > taken)
    assert.equal(program.facts().settings.values.wssPort, wssPort)
  })

  test('leaving the network makes it a first run again', async (t) => {
    const program = await joined(t, await temporaryFolder(t))
    assert.match(program.invitation(), /^nodetrust:\/\/join\/sandbox\.nodetrust\.test\?/)
    await program.leave()
    const facts = program.facts()
    assert.equal(facts.network.choice, null)
    assert.equal(facts.network.sandbox, 'off')
    assert.equal(facts.firstRun, true)
    assert.equal(program.invitation(), '')
  })

  test('a reset leaves the identity alone, or not, as it was told', async (t) => {
    const dir = await temporaryFolder(t)
    const program = await joined(t, dir)
    const { peerId } = program.facts().identity
    program.getCertificate()
    await until(program, 'a certificate', ({ node }) => node?.certificate !== undefined && !node.attempt)
    await program.reset({ identity: false })
    assert.equal(program.facts().firstRun, true)
    assert.equal(program.facts().identity.peerId, peerId)
    assert.equal(program.facts().node?.certificate, undefined)
    assert.ok(!(await readdir(dir)).includes('certificate.json'))
    await program.reset({ identity: true })
    assert.notEqual(program.facts().identity.peerId, peerId)
    assert.ok(program.facts().identity.peerId)
  })

  test('a copy of the identity moves it to another computer', async (t) => {
    const dir = await temporaryFolder(t)
    await writeSettings(dir)
    const program = await testProgram(t, { dir })
    await program.start()
    await assert.rejects(program.exportIdentity('short'), refuses('weak-passphrase'))
    const fileName = await program.exportIdentity('correct horse battery')
    const path = join(dir, 'exports', fileName)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.ok(program.facts().identity.backupAt)
    const backup = await readFile(path)
    const { peerId } = program.facts().identity
    await program.stop()

    const elsewhere = await temporaryFolder(t)
    await writeSettings(elsewhere)
    const other = await testProgram(t, { dir: elsewhere })
    await other.start()
    assert.notEqual(other.facts().identity.peerId, peerId)
    await assert.rejects(other.importIdentity(backup, 'another passphrase'), refuses('wrong-passphrase'))
    await assert.rejects(other.importIdentity(backup.subarray(9), 'correct horse battery'), refuses('bad-backup'))
    assert.equal(other.facts().phase, 'running', 'a wrong passphrase does not stop the node')
    await other.importIdentity(backup, 'correct horse battery')
    assert.equal(other.facts().identity.peerId, peerId)
    assert.equal(other.facts().node?.peerId, peerId)
  })
})

describe('what can be wrong at a start', () => {
  test('corrupt settings are kept aside, the defaults are used, and the person is told', async (t) => {
    const dir = await temporaryFolder(t)
    await writeFile(join(dir, 'settings.json'), '{{{')
    const program = await testProgram(t, { dir, flags: { 'listen.addresses': '/ip4/127.0.0.1/tcp/0' } })
    await program.start()
    assert.deepEqual(
      program.facts().notices.map(({ code }) => code),
      ['settings-corrupt'],
    )
    program.dismissNotice('settings-corrupt')
    assert.deepEqual(program.facts().notices, [])
  })

  test('a taken TCP port is exchanged for another, and the person is told', async (t) => {
    const dir = await temporaryFolder(t)
    await writeSettings(dir)
    const { tcpPort } = (
      JSON.parse(await readFile(join(dir, 'settings.json'), 'utf8')) as { values: { tcpPort: number } }
    ).values
    const other = createServer().listen(tcpPort)
    await new Promise((resolve) => other.once('listening', resolve))
    t.after(() => other.close())
    const program = await testProgram(t, { dir })
    await program.start()
    const notice = program.facts().notices.find(({ code }) => code === 'port-moved')
    assert.equal(notice?.params['from'], tcpPort)
    assert.equal(program.facts().node?.ports.tcp, notice?.params['to'])
  })

  test('a port that was free a moment ago, and is another program’s by now, is given up for another as well', async (t) => {
    const dir = await temporaryFolder(t)
    await writeSettings(dir)
    const { tcpPort } = (
      JSON.parse(await readFile(join(dir, 'settings.json'), 'utf8')) as { values: { tcpPort: number } }
    ).values
    let other: Server | undefined
    t.after(() => other?.close())
    const program = await testProgram(t, {
      dir,
      ports: {
        ...systemProbe,
        async isFree(port) {
          const free = await systemProbe.isFree(port)
          // somebody comes just behind the look
          if (!other) await new Promise<void>((resolve) => (other = createServer().listen(port, resolve)))
          return free
        },
      },
    })
    await program.start()
    const notice = program.facts().notices.find(({ code }) => code === 'port-moved')
    assert.equal(notice?.params['from'], tcpPort)
    assert.equal(program.facts().node?.ports.tcp, notice?.params['to'])
    assert.equal(program.facts().phase, 'running')
  })

  test('a second program on the same folder does not start, and says why', async (t) => {
    const dir = await temporaryFolder(t)
    await writeSettings(dir)
    const program = await testProgram(t, { dir })
    await program.start()
    const second = await testProgram(t, { dir })
    await assert.rejects(second.start())
    assert.equal(second.facts().phase, 'failed')
    assert.equal(second.facts().problem?.code, 'folder-in-use')
    assert.throws(() => second.getCertificate(), refuses('folder-in-use'))
  })

  test('a sandbox that does not start is told as such, and the next try may do', async (t) => {
    const dir = await temporaryFolder(t)
    await writeSettings(dir)
    const program = await testProgram(t, { dir, startSandbox: () => Promise.reject(new Error('no room')) })
    await program.start()
    await assert.rejects(program.joinSandbox(), refuses('sandbox-failed'))
    assert.equal(program.facts().network.sandbox, 'failed')
    await program.leave()
    assert.equal(program.facts().phase, 'running')
  })

  test('a network that the configuration names cannot be changed in the window', async (t) => {
    const dir = await temporaryFolder(t)
    const flags = {
      'network.issue': '/ip4/127.0.0.1/tcp/9/p2p/12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4',
      'listen.addresses': '/ip4/127.0.0.1/tcp/0',
      'listen.wss': '/ip4/127.0.0.1/tcp/0/tls/ws',
    }
    const program = await testProgram(t, { dir, flags })
    await program.start()
    assert.equal(program.facts().network.choice?.kind, 'configured')
    assert.deepEqual(program.facts().settings.locked, ['tcpPort', 'wssPort'])
    await assert.rejects(program.joinSandbox(), refuses('unavailable'))
    await assert.rejects(
      program.join(
        'nodetrust://join/x.org?issue=/ip4/1.2.3.4/tcp/1/p2p/12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4',
      ),
      refuses('unavailable'),
    )
  })
})

test('a peer that was typed in stays, also when it does not answer, until it is forgotten', async (t) => {
  const dir = await temporaryFolder(t)
  await writeSettings(dir)
  const program = await testProgram(t, { dir })
  await program.start()
  const peerId = '12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4'
  await assert.rejects(program.addPeer('/ip4/127.0.0.1/tcp/9'), refuses('bad-address'))
  await assert.rejects(program.addPeer(`/ip4/127.0.0.1/tcp/9/p2p/${peerId}`), refuses('peer-silent'))
  const [peer] = program.facts().node?.peers ?? []
  assert.equal(peer?.peerId, peerId)
  assert.equal(peer.addresses[0]?.trust, 'added')
  await program.forgetPeer(peerId)
  assert.deepEqual(program.facts().node?.peers, [])
})

test('a peer that has another key than its address says is not called silent', async (t) => {
  const dir = await temporaryFolder(t)
  await writeSettings(dir)
  const program = await testProgram(t, { dir })
  await program.start()
  const server = await startIssueServer(t, await testAuthority(), [])
  const [address = ''] = server.addresses
  const other = '12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4'
  await assert.rejects(program.addPeer(address.replace(/[^/]+$/, other)), refuses('peer-other-key'))
})

test('a history that cannot be read is put aside, begins anew, and the person is told', async (t) => {
  const dir = await temporaryFolder(t)
  await writeSettings(dir)
  const path = join(dir, 'certificate.history.jsonl')
  await writeFile(path, 'torn by a disk')
  const program = await testProgram(t, { dir })
  await program.start()
  await until(program, 'the notice', ({ notices }) => notices.some(({ code }) => code === 'history-lost'))
  assert.equal(await readFile(`${path}.unreadable`, 'utf8'), 'torn by a disk')
  await program.stop()
})

test('only a machine without a network is offline', () => {
  const refused = new Error('connect ECONNREFUSED')
  const code = (address: string, network: boolean) => peerProblem(refused, address, () => network).problem.code
  assert.equal(code('/ip4/203.0.113.7/tcp/9', true), 'peer-silent')
  assert.equal(code('/ip4/203.0.113.7/tcp/9', false), 'offline')
  assert.equal(code('/ip4/127.0.0.1/tcp/9', false), 'peer-silent', 'this computer is there without one')
})

/** A TLS connection to ourselves under a name; what the certificate says is checked elsewhere. */
async function handshake(port: number, servername: string): Promise<void> {
  const socket = connectTls({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })
  socket.destroy()
}
