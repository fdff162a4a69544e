// The operator's page and the figures for Prometheus: what they say, to whom, and what a peer cannot write into them.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { ask, makePeer, register, startBroker, startPeer } from './support.ts'

const portOf = (url: string) => ({ port: Number(new URL(url).port) })

describe('the operator', () => {
  it('sees health, the week, and the last registrations with their outcome', async (t) => {
    const world = await startBroker(t, { limits: { newPeers: 10 } })
    const [peer, nobody] = [await startPeer(t), await makePeer()]
    await register(world, peer)
    await register(world, nobody, { addresses: ['/ip4/127.0.0.1/tcp/1'] })
    const { status, body } = await ask(portOf(world.admin), { method: 'GET', path: '/' })
    assert.equal(status, 200)
    assert.match(body, /Well: new peers are welcome/)
    assert.match(body, /1 of 10/)
    assert.match(
      body,
      new RegExp(`<td[^>]*>registered</td>\\s*<td[^>]*><details class="id" data-id="${peer.id.toString()}`),
    )
    assert.match(
      body,
      new RegExp(
        `<td[^>]*>400: error testing addresses[^<]*</td>\\s*<td[^>]*><details class="id" data-id="${nobody.id.toString()}`,
      ),
    )
  })

  it('gets a page whose policy allows its own style and script and nothing else', async (t) => {
    const world = await startBroker(t)
    const { body, headers } = await ask(portOf(world.admin), { method: 'GET', path: '/' })
    const style = /<style>([^<]*)<\/style>/.exec(body)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /^default-src 'none'; style-src 'sha256-/)
    assert.ok(policy.includes(`'sha256-${hash}'`))
    assert.equal(body.match(/<script/g)?.length, 1)
    assert.doesNotMatch(body.replace(/<script>.*?<\/script>/s, ''), /style="|javascript:| on[a-z]+=/)
    assert.equal(headers['cache-control'], 'no-store')
  })

  it('is not asked by a web page with a name of its own, and only ever asked', async (t) => {
    const world = await startBroker(t)
    const admin = portOf(world.admin)
    for (const host of ['evil.example', `evil.example:${admin.port}`, '127.0.0.1.evil.example', '10.0.0.1'])
      assert.equal((await ask(admin, { method: 'GET', path: '/', headers: { host } })).status, 403, host)
    for (const host of ['localhost', `127.0.0.1:${admin.port}`, `[::1]:${admin.port}`])
      assert.equal((await ask(admin, { method: 'GET', path: '/', headers: { host } })).status, 200, host)
    assert.equal((await ask(admin, { method: 'POST', path: '/' })).status, 405)
    assert.equal((await ask(admin, { method: 'GET', path: '/v1/health' })).status, 404)
    assert.equal((await ask(world, { method: 'GET', path: '/metrics' })).status, 404, 'not for the world')
  })

  it('reads figures under the names of the public broker', async (t) => {
    const world = await startBroker(t)
    await register(world, await startPeer(t), { headers: { 'user-agent': 'kubo/0.43.0' } })
    const { body } = await ask(portOf(world.admin), { method: 'GET', path: '/metrics' })
    for (const line of [
      'coredns_forge_acme_libp2p_probe_total{result="ok",agent="kubo"} 1',
      'coredns_forge_acme_http_request_duration_seconds_count 2',
      'coredns_forge_acme_http_requests_inflight 0',
      'nodetrust_broker_registrations_total{status="200"} 1',
      'nodetrust_broker_new_peers_used 1',
    ])
      assert.ok(body.split('\n').includes(line), `${line}\n${body}`)
    assert.match(body, /^coredns_forge_info\{version="[0-9.]+"\} 1$/m)
  })
})
