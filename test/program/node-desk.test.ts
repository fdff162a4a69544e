// The desk at which the node is started and stopped: one node at a time, and a restart that a bad end does not stand in the way of.
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { createNodeEvents } from '../../main/events.ts'
import { createNodeDesk } from '../../main/program/node-desk.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { temporaryFolder } from '../support/program.ts'
import type { App } from '../../main/app.ts'
import { openSettings } from '../../main/settings/store.ts'
import type { Identity } from '../../main/identity/identity.ts'
import type { SandboxProcess } from '../../main/program/sandbox-process.ts'

/** A desk in a folder of its own, whose nodes are started and stopped as it is told, and what they did. */
async function desk(
  t: TestContext,
  ways: { readonly start?: () => Promise<void>; readonly stop?: () => Promise<void> },
) {
  const dir = await temporaryFolder(t)
  const { store } = await openSettings(dir, systemClock)
  const did: string[] = []
  const events = createNodeEvents(systemClock, silentLog)
  const app = {
    events,
    async start() {
      did.push('start')
      await ways.start?.()
    },
    async stop() {
      did.push('stop')
      await ways.stop?.()
    },
  }
  const node = createNodeDesk({
    ...{ first: v.parse(NodeConfigSchema, { dir }), sources: { flags: { dir }, env: {} } },
    ...{ locked: [], configuredNetwork: false, asksByItself: false },
    ...{ store, events, log: silentLog, changed: () => undefined, around: { clock: systemClock } },
    identity: {
      open: async () => ({}) as Identity,
      facts: () => ({ fellBack: false }) as never,
      problem: () => assert.fail(),
    },
    notices: { add: () => undefined, remove: () => undefined },
    ports: { isFree: async () => true, nextFree: async () => undefined },
    startSandbox: (): Promise<SandboxProcess> => assert.fail('nobody has asked for a practice network'),
    makeApp: () => app as unknown as App,
  })
  node.opened(true)
  return { node, did }
}

describe('the desk of the node', () => {
  test('starts none beside one that runs, or is on its way', async (t) => {
    const ready = Promise.withResolvers<void>()
    const { node, did } = await desk(t, { start: () => ready.promise })
    const first = node.start()
    await assert.rejects(node.start(), { name: 'ApiError' })
    ready.resolve()
    await first
    const { node: before } = node.state()
    await assert.rejects(node.start(), { name: 'ApiError' })
    assert.equal(node.state().node, before, 'the one that runs is still held')
    await node.stop()
    assert.deepEqual([did, node.app()], [['start', 'stop'], undefined])
    await node.start()
    assert.deepEqual(did, ['start', 'stop', 'start'])
  })

  test('starts one anew whatever end the last one came to', async (t) => {
    const { node, did } = await desk(t, { stop: () => Promise.reject(new Error('it hangs')) })
    await node.start()
    await node.restart()
    assert.deepEqual(did, ['start', 'stop', 'start'])
    assert.equal(node.state().node.phase, 'running')
  })
})
