// Variables that others put into our environment, and those that are there but empty: neither keeps a program from starting, and
// a mistyped one of ours still names itself.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { ConfigError, configuredKeys, loadConfig } from '../../core/config.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'

const Schema = v.strictObject({
  log: v.optional(v.picklist(['info', 'warn']), 'warn'),
  ca: v.optional(v.strictObject({ port: v.number() })),
})

/** As a Pod sees it beside services called nodetrust, nodetrust-node and nodetrust-dns. */
const INJECTED: Readonly<Record<string, string>> = {
  NODETRUST_PORT: 'tcp://10.96.0.12:4430',
  NODETRUST_PORT_4430_TCP: 'tcp://10.96.0.12:4430',
  NODETRUST_PORT_4430_TCP_PROTO: 'tcp',
  NODETRUST_PORT_4430_TCP_PORT: '4430',
  NODETRUST_PORT_4430_TCP_ADDR: '10.96.0.12',
  NODETRUST_SERVICE_HOST: '10.96.0.12',
  NODETRUST_SERVICE_PORT: '4430',
  NODETRUST_SERVICE_PORT_WSS: '4430',
  NODETRUST_NODE_SERVICE_HOST: 'fd00:10:96::c',
  NODETRUST_NODE_SERVICE_PORT_LIBP2P_TCP: '4431',
  NODETRUST_NODE_PORT: 'tcp://[fd00:10:96::c]:4431',
  NODETRUST_DNS_PORT: 'udp://10.96.0.13:53',
  NODETRUST_DNS_PORT_53_UDP: 'udp://10.96.0.13:53',
  NODETRUST_DNS_PORT_53_UDP_PROTO: 'udp',
  NODETRUST_DNS_PORT_53_UDP_PORT: '53',
  NODETRUST_DNS_PORT_53_UDP_ADDR: '10.96.0.13',
  NODETRUST_NAME: '/app/nodetrust',
  NODETRUST_ENV_PATH: '/usr/bin:/bin',
  NODETRUST_DNS_ENV_NODE_VERSION: '24.1.0',
  NODETRUST_NODE_SERVICE_PORT_METRICS_HTTP: '25898',
  NODETRUST_BROKER_PORT_25896_SCTP: 'sctp://10.96.0.12:25896',
}

describe('B9 the environment of a container', () => {
  it('may hold what Kubernetes injects for services named like us', async () => {
    assert.deepEqual(await loadConfig(Schema, { env: INJECTED }), { log: 'warn' })
    assert.equal((await loadConfig(NodeConfigSchema, { env: INJECTED })).log, 'warn')
    assert.deepEqual([...(await configuredKeys({ env: INJECTED }))], [])
  })

  it('may hold empty variables, which count as not set', async () => {
    const env = { NODETRUST_LOG: '', NODETRUST_CA__PORT: ' ', NODETRUST_DISCOVERY__ENABLED: '' }
    assert.deepEqual(await loadConfig(Schema, { env }), { log: 'warn' })
    assert.deepEqual([...(await configuredKeys({ env }))], [])
  })

  for (const [name, value] of [
    ['NODETRUST_LGO', 'info'],
    ['NODETRUST_PORT', '4430'],
    ['NODETRUST_SERVICE_PORT', 'wss'],
    ['NODETRUST_PORT_4430_TCP', '4430'],
    ['NODETRUST_CA__PROT', '1'],
    ['NODETRUST_NAME', 'home'],
  ] as const)
    it(`that has our ${name}=${value} by mistake says so`, async () => {
      await assert.rejects(loadConfig(Schema, { env: { ...INJECTED, [name]: value } }), (error) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, new RegExp(`unknown key .* in the variable ${name}|missing`))
        return true
      })
    })

  it('still sets what it names, however much else is injected', async () => {
    const env = { ...INJECTED, NODETRUST_LOG: 'info', NODETRUST_CA__PORT: '25895' }
    assert.deepEqual(await loadConfig(Schema, { env }), { log: 'info', ca: { port: 25_895 } })
  })
})
