// A broker that gets its certificate from itself: by the zone's DNS and a CA, stored, used again, and exchanged while it runs.
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect, type PeerCertificate } from 'node:tls'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { ConfigError } from '../../core/config.ts'
import { silentLog } from '../../core/log.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { ownCertificatePath } from '../../servers/broker/own-certificate.ts'
import { brokerRole } from '../../servers/broker/role.ts'
import { ServersConfig } from '../../servers/config.ts'
import { startNetwork } from '../support/network.ts'
import { createTestTls } from '../support/tls.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'

const DEADLINE_MS = 20_000

describe("the broker's own certificate", () => {
  let network: SandboxNetwork
  let dir: string
  let ca: string

  before(async () => {
    network = await startNetwork()
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-own-'))
    ca = await readFile(network.root, 'utf8')
    await copyFile(join(network.dir, 'broker.key'), join(dir, 'broker.key'))
  })

  after(async () => {
    await network.stop()
    await rm(dir, { recursive: true })
  })

  const make = (changes: Readonly<Record<string, unknown>> = {}) => {
    const { broker: section } = v.parse(ServersConfig, {
      ...{ zone: network.zone, dir },
      broker: {
        url: `https://${network.zone}:0`,
        listen: '127.0.0.1:0',
        dnsServers: [{ control: network.dnsControl, query: network.dns }],
        acme: { directory: network.acme, trustAnchor: network.forgeTrust, pollFirstMs: 50 },
        ...changes,
      },
    })
    assert.ok(section)
    return brokerRole({ zone: network.zone, dir, section, clock: systemClock, log: silentLog })
  }

  /** The certificate that a client which verifies everything sees. */
  const look = (port: number) =>
    new Promise<PeerCertificate>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, servername: network.zone, ca }, () => {
        resolve(socket.getPeerCertificate())
        socket.destroy()
      })
      socket.on('error', reject)
    })

  /** Looks until there is one, as clients do that come too early. */
  const lookUntilThere = async (port: number): Promise<PeerCertificate> => {
    for (const began = performance.now(); ;) {
      try {
        return await look(port)
      } catch (error) {
        if (performance.now() - began > DEADLINE_MS) throw error
        await systemClock.sleep(50)
      }
    }
  }

  it('is there soon after the start, good for its name, and the same after a restart', async () => {
    const first = make()
    const { port } = splitHostPort(v.parse(v.string(), (await first.start())['listen']))
    const seen = await lookUntilThere(port)
    assert.equal(seen.subjectaltname, `DNS:${network.zone}`)
    const status = await new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, servername: network.zone, ca, agent: false, path: '/v1/health' }
      request(options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
    assert.equal(status, 204)
    await first.stop()
    assert.equal((await stat(ownCertificatePath(dir))).mode & 0o777, 0o600)

    const second = make()
    const again = splitHostPort(v.parse(v.string(), (await second.start())['listen']))
    assert.equal((await lookUntilThere(again.port)).serialNumber, seen.serialNumber)
    await second.stop()
  })

  it('is replaced where its file is damaged', async () => {
    const old = await readFile(ownCertificatePath(dir), 'utf8')
    await writeFile(ownCertificatePath(dir), old.slice(0, old.length / 2))
    const role = make()
    const { port } = splitHostPort(v.parse(v.string(), (await role.start())['listen']))
    await lookUntilThere(port)
    await role.stop()
    assert.notEqual(await readFile(ownCertificatePath(dir), 'utf8'), old)
  })

  it('may come from files instead', async () => {
    const tls = await createTestTls()
    const [certificateFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
    await writeFile(certificateFile, tls.cert)
    await writeFile(keyFile, tls.key)
    const role = make({ acme: undefined, tls: { certificateFile, keyFile } })
    const { port } = splitHostPort(v.parse(v.string(), (await role.start())['listen']))
    const seen = await new Promise<PeerCertificate>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca: tls.rootPem }, () => {
        resolve(socket.getPeerCertificate())
        socket.destroy()
      })
      socket.on('error', reject)
    })
    assert.match(seen.subjectaltname ?? '', /127\.0\.0\.1/)
    await role.stop()
  })

  it('is refused for a name that the zone cannot prove, and beside files', async () => {
    await assert.rejects(make({ url: `https://registration.${network.zone}` }).start(), ConfigError)
    await assert.rejects(make({ tls: { certificateFile: 'x', keyFile: 'y' } }).start(), ConfigError)
  })
})
