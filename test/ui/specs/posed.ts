// States that no test machine can be brought into (a provider's NAT, a router that refuses, a computer without any network): the
// facts of the program are set, and everything from its API to the page is the real thing.
import assert from 'node:assert/strict'
import { FAKE_FACTS, FAKE_NODE, fakeProgram, type FakeProgram } from '../../support/fake-program.ts'
import { accessible, button, life, reads, say, titled } from '../words.ts'
import { UNREACHABLE_REASONS, type UnreachableReason } from '../../../proto/api/index.ts'
import type { AppHost } from '../hosts/host.ts'
import type { Spec, Stage, Story } from '../story.ts'
import type { Verdict } from '../../../main/reachability/verdict.ts'
import type { TextKey } from '../../../proto/text/index.ts'

let posed: FakeProgram | undefined

function program(): FakeProgram {
  assert.ok(posed, 'the first spec of the story poses the program')
  return posed
}

async function begin(stage: Stage): Promise<AppHost> {
  posed = undefined
  return stage.pose((dir) => (posed = fakeProgram(dir)))
}

function verdict(status: Verdict['status'], reason: UnreachableReason | undefined): Verdict {
  return {
    ...{ status, reason, checkedAt: Date.now() },
    facts: {
      ...{ network: 'public', serversReached: 2, localAddresses: ['192.168.1.20'], publicAddresses: ['203.0.113.7'] },
      ...{ gateway: '192.168.1.1', routerExternalIp: '100.64.3.9', routerWithoutOutside: false, router: 'refused' },
      ...{ mappings: [], ports: FAKE_NODE.ports, portTaken: reason === 'port-taken', wssServed: false, dialBacks: [] },
    },
  }
}

const idle: Spec = {
  title: 'a node that is fine and has no certificate offers to get one',
  async run(stage) {
    const app = await begin(stage)
    await titled(app.page(), 'home.idle.title')
    await button(app.page(), 'home.idle.button').click()
    await until(() => program().calls.some(([name]) => name === 'getCertificate'))
  },
}

/** What a person can do about each reason. */
const BUTTONS: Readonly<Record<Exclude<UnreachableReason, 'offline'>, TextKey>> = {
  ...{ 'no-public-address': 'home.check-now', 'carrier-nat': 'home.check-now', 'router-refused': 'home.check-now' },
  ...{ 'no-router-control': 'home.check-now', firewall: 'home.check-now', 'port-taken': 'home.use-port' },
  'not-dialled': 'home.try-now',
}

const unreachable: readonly Spec[] = UNREACHABLE_REASONS.filter((reason) => reason !== 'offline').map((reason) => ({
  title: `a computer that nobody reaches says why and what to do: ${reason}`,
  async run(stage) {
    const page = stage.app().page()
    const failure = { code: 'not-reachable', message: reason, nextStep: '', kind: 'unavailable' } as const
    program().setNode({
      verdict: verdict('unreachable', reason),
      failed: { failure: { ...failure, retryAfterMs: undefined }, at: Date.now(), retryAt: Date.now() + 600_000 },
    })
    await reads(page, say(`unreachable.${reason}`, { port: '4430' }))
    await titled(page, 'home.unreachable.title')
    await button(page, BUTTONS[reason], { port: '4432' }).first().waitFor()
    await accessible(page, reason)
  },
}))

const offline: Spec = {
  title: 'a computer without a network says that it goes on by itself',
  async run(stage) {
    program().setNode({ verdict: verdict('unreachable', 'offline'), failed: undefined })
    await titled(stage.app().page(), 'home.offline.title')
    await life(stage.app().page(), 'offline')
    await accessible(stage.app().page(), 'offline')
  },
}

const KEY_TITLES = {
  locked: 'home.key-locked.title',
  'passphrase-needed': 'key.passphrase.title',
  missing: 'key.missing.title',
  unavailable: 'key.unavailable.title',
} as const satisfies Record<string, TextKey>

const keys: Spec = {
  title: 'a key that cannot be read has words and a way out in each case',
  async run(stage) {
    const page = stage.app().page()
    for (const state of ['locked', 'passphrase-needed', 'missing', 'unavailable'] as const) {
      const code = ({ locked: 'key-locked', missing: 'key-missing' } as Record<string, 'key-locked' | 'key-missing'>)[
        state
      ]
      program().set({
        ...{ phase: 'failed', node: undefined, identity: { ...FAKE_FACTS.identity, state, store: 'keychain' } },
        problem: { code: code ?? 'key-locked', params: {}, retryable: false, detail: '' },
      })
      await titled(page, KEY_TITLES[state])
      await accessible(page, state)
    }
    program().set({ ...FAKE_FACTS })
    await titled(page, 'home.idle.title')
  },
}

const cannotStart: Spec = {
  title: 'a node that cannot start for a taken port offers another one',
  async run(stage) {
    const page = stage.app().page()
    program().set({
      ...{ phase: 'failed', node: undefined },
      problem: { code: 'port-taken', params: { port: 4431, suggestion: 4433 }, retryable: true, detail: 'in use' },
    })
    await titled(page, 'home.not-running.title')
    await button(page, 'home.use-port', { port: '4433' }).click()
    await until(() => program().calls.some(([name]) => name === 'setSettings'))
    program().set({ ...FAKE_FACTS })
  },
}

const wakes: Spec = {
  title: 'a machine that wakes up has everything looked at',
  async run(stage) {
    const { tray } = stage.app()
    tray?.suspend()
    tray?.resume()
    await until(() => program().calls.some(([name, reason]) => name === 'trigger' && reason === 'resume'))
  },
}

async function until(check: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!check()) {
    assert.ok(performance.now() < deadline, 'the call did not come')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export const posedStates: Story = {
  name: 'states that cannot be made here',
  specs: [idle, ...unreachable, offline, keys, cannotStart, wakes],
}
