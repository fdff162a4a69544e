// The page of an invitation is for everybody, and a hundred times as long as the question for it: so often for one network, and no more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { createMetrics } from '../../servers/broker/metrics.ts'
import { startBrokerHttp } from '../../servers/broker/http.ts'
import { createRequestRate } from '../../servers/broker/request-rate.ts'
import { silentLog } from '../../core/log.ts'

test('the page of an invitation is given to a network sixty times a minute; registrations are counted by themselves', async (t) => {
  const http = await startBrokerHttp({
    ...{ listen: { host: '127.0.0.1', port: 0 }, url: 'http://127.0.0.1:0' },
    ...{ trustedProxies: [], maxConnections: 100, maxPerNetwork: 100, metrics: createMetrics(), log: silentLog },
    rate: createRequestRate(1_000, systemClock),
    authenticate: async () => ({ kind: 'refused', reason: 'nobody' }),
    register: async () => undefined,
    health: async () => 0,
  })
  t.after(() => http.stop())
  const visit = async () => {
    const answer = await fetch(`${http.url}/join`)
    await answer.text()
    return answer
  }
  for (let count = 0; count < 60; count++) assert.equal((await visit()).status, 200)
  const refused = await visit()
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  assert.notEqual((await fetch(`${http.url}/v1/_acme-challenge`, { method: 'POST' })).status, 429)
  assert.equal((await fetch(`${http.url}/v1/health`)).status, 204)
})
