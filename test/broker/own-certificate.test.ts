// A broker that gets its certificate from itself: by the zone's DNS and a CA, stored, used again after a restart, or from files that
// somebody else keeps.
import assert from 'node:assert/strict'
import { stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ConfigError } from '../../core/config.ts'
import { PairError } from '../../servers/broker/certificate-files.ts'
import { ownCertificatePath } from '../../servers/broker/own-certificate.ts'
import { temporaryDir } from '../main/support.ts'
import { createTestTls } from '../support/tls.ts'
import { walkingClock } from '../support/walking-clock.ts'
import { eventually, handshake, look, ownWorld, ZONE } from './own-world.ts'

describe("the broker's own certificate", () => {
  it('is there soon after the start, good for its name, and the same after a restart', async (t) => {
    const world = await ownWorld(t)
    const first = await world.start()
    const seen = await eventually('a certificate', () => look(first.port, world.rootPem))
    assert.deepEqual(
      world.ca.issued().map(({ names }) => names),
      [[ZONE]],
    )
    const status = await new Promise((resolve, reject) => {
      const to = { host: '127.0.0.1', port: first.port, servername: ZONE, ca: world.rootPem, agent: false }
      request({ ...to, path: '/v1/health' }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
    assert.equal(status, 204)
    await first.stop()
    assert.equal((await stat(ownCertificatePath(world.dir))).mode & 0o777, 0o600)

    const second = await world.start()
    assert.equal(await eventually('the certificate', () => look(second.port, world.rootPem)), seen)
    assert.equal(world.ca.issued().length, 1)
  })

  it('is refused for a name that the zone cannot prove, and beside files', async (t) => {
    const world = await ownWorld(t)
    await assert.rejects(world.start({ url: `https://registration.${ZONE}` }), ConfigError)
    await assert.rejects(world.start({ tls: { certificateFile: 'x', keyFile: 'y' } }), ConfigError)
  })
})

describe('a certificate from files', () => {
  async function files(t: Parameters<typeof temporaryDir>[0]) {
    const dir = await temporaryDir(t)
    const tls = { certificateFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') }
    const write = async (made: { readonly cert?: string; readonly key?: string }) => {
      if (made.cert !== undefined) await writeFile(tls.certificateFile, made.cert)
      if (made.key !== undefined) await writeFile(tls.keyFile, made.key)
    }
    return { tls, write }
  }
  const seen = async (port: number, ca: string) => {
    const socket = await handshake({ host: '127.0.0.1', port, ca })
    socket.destroy()
  }

  it('is used, and another one once key and certificate are there and fit', async (t) => {
    const clock = walkingClock()
    const world = await ownWorld(t, { clock })
    const { tls, write } = await files(t)
    const [one, other] = [await createTestTls(), await createTestTls()]
    await write(one)
    const { port, operator } = await world.start({ acme: undefined, tls })
    await seen(port, one.rootPem)
    await write({ cert: other.cert })
    clock.jump(11_000)
    await eventually(
      'the fault on the page',
      () => operator('/'),
      (page) => page.includes('does not belong to the certificate'),
    )
    await seen(port, one.rootPem)
    await write({ key: other.key })
    clock.jump(11_000)
    await eventually('the other certificate', () => seen(port, other.rootPem))
    assert.doesNotMatch(await operator('/'), /does not belong/)
  })

  it('keeps the broker from starting where the key is that of another', async (t) => {
    const world = await ownWorld(t)
    const { tls, write } = await files(t)
    await write({ cert: (await createTestTls()).cert, key: (await createTestTls()).key })
    await assert.rejects(world.start({ acme: undefined, tls }), PairError)
  })
})
