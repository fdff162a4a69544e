import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { checkSettings, type PortProbe } from '../../main/program/check-settings.ts'
import { isPortFree, nextFreePort } from '../../main/settings/ports.ts'
import { DEFAULT_SETTINGS } from '../../main/settings/store.ts'
import type { FieldProblem, SettingName } from '../../proto/api/index.ts'
import type { AddressInfo } from 'node:net'

const TAKEN = [443, 5_000, 5_001]
const probe: PortProbe = {
  isFree: (port) => Promise.resolve(!TAKEN.includes(port)),
  nextFree: (after, except) => {
    const free = Array.from({ length: 20 }, (_, index) => Math.max(1_024, after + 1 + index))
    return Promise.resolve(free.find((port) => !TAKEN.includes(port) && !except.includes(port)))
  },
  lowest: 1_024,
}
const check = (given: Record<string, string | number | boolean>, locked: SettingName[] = []) =>
  checkSettings(given, DEFAULT_SETTINGS, locked, { probe, dialPolicies: ['home-first'] })

const wrong = (field: SettingName, code: FieldProblem['code'], suggestion: number | null = null) => ({
  field,
  code,
  suggestion,
})

const TABLE: readonly (readonly [title: string, given: Record<string, string | number | boolean>, problem: object])[] =
  [
    ['a port of letters', { wssPort: 'abc' }, wrong('wssPort', 'wrong-type')],
    ['port 0', { wssPort: 0 }, wrong('wssPort', 'port-range')],
    ['port 65536', { wssPort: '65536' }, wrong('wssPort', 'port-range')],
    ['half a port', { wssPort: 4430.5 }, wrong('wssPort', 'port-range')],
    ['a port that is true', { wssPort: true }, wrong('wssPort', 'wrong-type')],
    ['a port for root', { wssPort: 443 }, wrong('wssPort', 'port-privileged', 4430)],
    ['a port in use', { wssPort: 5_000 }, wrong('wssPort', 'port-taken', 5_002)],
    ['the other port', { wssPort: DEFAULT_SETTINGS.tcpPort }, wrong('wssPort', 'ports-equal', 4_432)],
    ['a theme nobody has', { theme: 'blue' }, wrong('theme', 'wrong-type')],
    ['a dial policy nobody has', { dialPolicy: 'all' }, wrong('dialPolicy', 'wrong-type')],
    ['a dial policy that the configuration has no more', { dialPolicy: 'own' }, wrong('dialPolicy', 'wrong-type')],
    ['a switch that is text', { mapPorts: 'yes' }, wrong('mapPorts', 'wrong-type')],
  ]

for (const [title, given, problem] of TABLE) {
  test(`a setting with ${title} is named and not taken`, async () => {
    assert.deepEqual(await check(given), { values: {}, problems: [problem] })
  })
}

test('good settings are taken beside a wrong one', async () => {
  const checked = await check({ wssPort: ' 4455 ', language: 'de', tcpPort: 'x' })
  assert.deepEqual(checked.values, { wssPort: 4_455, language: 'de' })
  assert.deepEqual(checked.problems, [wrong('tcpPort', 'wrong-type')])
})

test('a dial policy of the configuration can be chosen by its name', async () => {
  assert.deepEqual(await check({ dialPolicy: 'home-first' }), { values: { dialPolicy: 'home-first' }, problems: [] })
})

test('two ports that are changed at once must differ', async () => {
  const { values, problems } = await check({ tcpPort: 6_000, wssPort: 6_000 })
  assert.deepEqual(values, { tcpPort: 6_000 })
  assert.equal(problems[0]?.code, 'ports-equal')
})

test('what the configuration fixes is not changed', async () => {
  assert.deepEqual(await check({ wssPort: 5_010 }, ['wssPort']), { values: {}, problems: [wrong('wssPort', 'locked')] })
})

test('a port that a program listens on is taken, whatever address it listens on', async (t) => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const server = createServer().listen(0, host)
    await new Promise((resolve) => server.once('listening', resolve))
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    assert.equal(await isPortFree(port), false, host)
    const next = await nextFreePort(port)
    assert.ok(next !== undefined && next > port)
    assert.equal(await isPortFree(next), true)
  }
})
