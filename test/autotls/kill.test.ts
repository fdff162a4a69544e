// Nodes with a forge, as processes that are killed at one moment or another and started again: the CA counts one certificate
// each, because key and order were on the disk before anybody else heard of them.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { stringify } from 'yaml'
import { writeFileAtomic } from '../../core/files.ts'
import { startNode } from '../main/node-process.ts'
import { countedCa, startNetwork } from '../support/network.ts'
import type { NodeEventLine } from '../../proto/node-events.ts'

function isStep(step: string, status: string, detail = /^/) {
  return (line: NodeEventLine) =>
    line.event === 'step' && line.step === step && line.status === status && detail.test(line.detail)
}

const MOMENTS: readonly (readonly [string, (line: NodeEventLine) => boolean])[] = [
  ['while the broker dials it', isStep('proof', 'begin')],
  ['after the order was made', isStep('order', 'progress', /^order: new/)],
  ['after the CA was told', isStep('order', 'progress', /^challenge-told/)],
  ['after the CA has validated', isStep('order', 'progress', /^validated/)],
  ['after the CA has the CSR', isStep('order', 'progress', /^finalized/)],
  ['before it serves the certificate', isStep('install', 'begin')],
]

describe('a node with a forge that is killed', () => {
  test('at any moment has one certificate in the end, and the CA has issued one', async (t) => {
    const { startCa, ca } = countedCa()
    const net = await startNetwork({ startCa })
    t.after(() => net.stop())
    const lives = MOMENTS.map(([title, fits], index) => async () => {
      const dir = join(net.dir, `node-${index}`)
      const path = join(dir, 'nodetrust.yaml')
      const forge = { domain: net.forge, broker: net.broker, directory: net.acme }
      const config = {
        ...{ dir, log: 'error' },
        network: {
          ...{ trustAnchor: net.root, resolver: net.dns },
          autotls: { forges: [forge], addressClasses: ['loopback'] },
        },
        listen: { addresses: ['/ip4/127.0.0.1/tcp/0'], wss: ['/ip4/127.0.0.1/tcp/0/tls/ws'] },
        discovery: { enabled: false },
      }
      await writeFileAtomic(path, stringify(config))
      const first = startNode(t, path)
      await first.line(fits)
      await first.kill()
      const second = startNode(t, path)
      const line = await second.line(({ event }) => event === 'certificate')
      await second.kill()
      assert.ok(line.event === 'certificate')
      const issued = ca()
        .issued()
        .filter(({ names }) => names.includes(line.names[0] ?? ''))
      return `${title}: ${issued.length}`
    })
    const outcomes: string[] = []
    // two at a time: each is a process, and the machine may be small
    const next = async (): Promise<void> => {
      for (let life = lives.shift(); life; life = lives.shift()) outcomes.push(await life())
    }
    await Promise.all([next(), next()])
    assert.deepEqual(outcomes.toSorted(), MOMENTS.map(([title]) => `${title}: 1`).toSorted())
  })
})
