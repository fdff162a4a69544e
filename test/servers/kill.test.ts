// kill -9 of each server in the middle of an issuance: it comes back with the same folder, and the client succeeds at its
// next try, with nothing left behind. Every role is a process of its own, as `nodetrust serve` runs it.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { stringify } from 'yaml'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { loadOrCreatePeerKey } from '../../core/peer-key.ts'
import { directoryOrigin } from '../../core/acme/directories.ts'
import { openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { freePorts } from '../support/free-port.ts'
import { askProof, converse, createClient, keptCsr, leftovers } from '../support/network.ts'

const ZONE = 'nt.example.net'
const ROLES = ['dns', 'ca', 'proof', 'issue'] as const
type RoleName = (typeof ROLES)[number]

describe('a server that is killed in the middle of an issuance', () => {
  let dir: string
  let ports: Record<'dns' | 'control' | 'ca' | 'proof' | 'issue', number>
  let peers: Record<RoleName, string>
  let client: Awaited<ReturnType<typeof createClient>>
  /** As an honest client does, the same key and CSR for each try until one succeeds. */
  let csr: (names: readonly string[]) => Promise<Uint8Array>
  const running = new Map<RoleName, RunningCommand>()

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-kill-'))
    const [dns = 0, control = 0, ca = 0, proof = 0, issue = 0] = await freePorts(5)
    ports = { dns, control, ca, proof, issue }
    const peer = async (role: string) =>
      peerIdFromPrivateKey(await loadOrCreatePeerKey(join(dir, `${role}.key`))).toString()
    peers = { dns: await peer('dns'), ca: '', proof: await peer('proof'), issue: await peer('issue') }
    await writeFile(join(dir, 'nodetrust.yaml'), stringify(config()))
    for (const role of ROLES) await start(role)
  })

  after(async () => {
    for (const command of running.values()) command.child.kill('SIGKILL')
    await Promise.all([...running.values()].map((command) => command.ended))
    await rm(dir, { recursive: true, force: true })
  })

  beforeEach(async () => {
    client = await createClient()
    csr = keptCsr()
  })

  afterEach(() => client.stop())

  const tcp = (port: number) => `/ip4/127.0.0.1/tcp/${port}`
  const acme = () => `https://127.0.0.1:${ports.ca}/directory`

  const config = () => ({
    zone: ZONE,
    dir,
    log: 'warn',
    dns: {
      listen: `127.0.0.1:${ports.dns}`,
      control: [tcp(ports.control)],
      admins: [peers.issue],
      nameServers: [{ name: `ns1.${ZONE}`, addresses: ['127.0.0.1'] }],
    },
    ca: { port: ports.ca, resolver: `127.0.0.1:${ports.dns}` },
    proof: { listen: [tcp(ports.proof)], addressClasses: ['loopback'] },
    issue: {
      listen: [tcp(ports.issue)],
      addressClasses: ['loopback'],
      proofServers: [{ peer: peers.proof, addresses: [tcp(ports.proof)] }],
      dnsServers: [{ control: `${tcp(ports.control)}/p2p/${peers.dns}`, query: `127.0.0.1:${ports.dns}` }],
      // long enough that a kill at a step lands before the next one
      acme: {
        directory: acme(),
        trustAnchor: join(dir, 'ca', 'root.pem'),
        pollFirstMs: 1_500,
      },
    },
  })

  const start = async (role: RoleName): Promise<void> => {
    const command = startCommand(['serve', role, '--config', join(dir, 'nodetrust.yaml')])
    running.set(role, command)
    await command.line((line) => line.includes(`"role":"${role}"`))
  }

  const kill = async (role: RoleName): Promise<void> => {
    const command = running.get(role)
    command?.child.kill('SIGKILL')
    const ended = await command?.ended
    assert.equal(ended?.signal, 'SIGKILL')
  }

  const network = () => ({
    dir,
    acme: acme(),
    zone: ZONE,
    dns: `127.0.0.1:${ports.dns}`,
    issue: `${tcp(ports.issue)}/p2p/${peers.issue}`,
    proof: `${tcp(ports.proof)}/p2p/${peers.proof}`,
  })

  /** Kills a role when the order has come to a step, and sees the order fail. */
  const killAt = async (step: string, role: RoleName): Promise<void> => {
    let killed: Promise<void> | undefined
    const order = converse(client.host, network(), {
      csr,
      onProgress: (now) => void (now === step && (killed ??= kill(role))),
    })
    await assert.rejects(order)
    assert.ok(killed, `the order came to "${step}"`)
    await killed
  }

  const succeedsNow = async (): Promise<void> => {
    const { certificate } = await converse(client.host, network(), { csr })
    assert.match(certificate.chain, /BEGIN CERTIFICATE/)
    await untilClean()
  }

  const untilClean = async (): Promise<void> => {
    const deadline = AbortSignal.timeout(10_000)
    for (;;) {
      const left = await leftovers(network(), client.host).catch((error: unknown) => {
        // a DNS server that was killed says SERVFAIL until its writer is there again
        if (deadline.aborted || !(error instanceof Error) || error.name !== 'NoDnsAnswerError') throw error
        return undefined
      })
      if (left?.txt.length === 0 && left.open.length === 0) return
      if (deadline.aborted) assert.deepEqual(left, { txt: [], open: [] })
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  it('the proof server', async () => {
    await askProof(client.host, network().proof)
    await kill('proof')
    await assert.rejects(converse(client.host, network()))
    await start('proof')
    await succeedsNow()
  })

  it('the DNS server, when the values are set', async () => {
    await killAt('challenge-set', 'dns')
    await start('dns')
    await succeedsNow()
  })

  it('the DNS server, when the CA has been told', async () => {
    // the CA asks at once, so what is killed here is killed after the answer or in the middle of it
    let killed: Promise<void> | undefined
    await converse(client.host, network(), {
      csr,
      onProgress: (step) => void (step === 'challenge-told' && (killed ??= kill('dns'))),
    }).catch(() => undefined)
    await killed
    await start('dns')
    await succeedsNow()
  })

  it('the CA, when the CA has been told', async () => {
    const root = await readFile(join(dir, 'ca', 'root.pem'), 'utf8')
    await killAt('challenge-told', 'ca')
    await start('ca')
    assert.equal(await readFile(join(dir, 'ca', 'root.pem'), 'utf8'), root)
    await succeedsNow()
  })

  for (const step of ['accepted', 'order', 'challenge-set', 'challenge-told']) {
    it(`the issue server, at "${step}"`, async () => {
      await killAt(step, 'issue')
      await start('issue')
      await succeedsNow()
      const ledger = openSqliteLedger(join(dir, 'issue.sqlite'), directoryOrigin(acme()))
      const states = (await ledger.orders({ peer: client.host.peerId.toString() })).map(({ state }) => state)
      await ledger.close()
      assert.deepEqual(states.filter((state) => state === 'issued').length, 1, states.join())
    })
  }
})
