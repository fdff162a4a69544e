// A broker as a process that is killed in the middle of getting its own certificate and started again: the CA counts one certificate
// each, whatever the moment, because key and order were on the disk before it heard of them.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import { splitHostPort } from '../../core/net/host-port.ts'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { kindOf } from '../faults/spoil.ts'
import { eventually, look, ownWorld, ZONE } from './own-world.ts'
import type { CaRequest, Faults } from '../../servers/ca/http.ts'

type Moment = readonly [title: string, fault: (kill: () => void) => Faults]

/** When the CA hears of something, before it has done anything. */
const before = (kind: string): Moment => [
  `before the CA has read ${kind}`,
  (kill) => ({
    before(request) {
      if (kindOf(request.path) !== kind) return undefined
      kill()
      return 'drop'
    },
  }),
]

/** When the CA has done its work, and its answer is lost. */
const after = (kind: string): Moment => [
  `after the CA has done ${kind}`,
  (kill) => ({
    after(request: CaRequest, answer) {
      if (kindOf(request.path) !== kind) return answer
      kill()
      return 'drop'
    },
  }),
]

const MOMENTS: readonly Moment[] = [
  after('new-account'),
  before('new-order'),
  after('new-order'),
  after('challenge'),
  before('finalize'),
  after('finalize'),
  after('certificate'),
  // the certificate is there and on no disk
  before('renewal-info'),
]

/** `nodetrust serve broker`. */
function serve(t: TestContext, path: string): RunningCommand {
  const command = startCommand(['serve', 'broker', '--config', path])
  t.after(() => command.child.kill('SIGKILL'))
  return command
}

describe('a broker that is killed while it gets its certificate', () => {
  for (const [title, fault] of MOMENTS)
    it(`${title} has one in the end, the CA has issued one, and no value is left`, async (t) => {
      const world = await ownWorld(t)
      const path = join(world.dir, 'nodetrust.yaml')
      await writeFile(path, stringify({ zone: ZONE, dir: world.dir, log: 'info', broker: world.section() }))
      const first = serve(t, path)
      world.faults = fault(() => void first.child.kill('SIGKILL'))
      assert.equal((await first.ended).signal, 'SIGKILL')
      world.faults = {}

      const second = serve(t, path)
      const line = await second.line((text) => text.includes('"listen"'))
      const [, listen = ''] = /"listen":"([^"]+)"/.exec(line) ?? []
      const { port } = splitHostPort(listen)
      const seen = await eventually('a certificate', () => look(port, world.rootPem))
      assert.deepEqual(
        world.ca.issued().map(({ serial }) => serial.toLowerCase()),
        [seen],
      )
      await eventually(
        'the DNS to be clean',
        () => world.values(),
        (values) => values.length === 0,
      )
      second.child.kill('SIGKILL')
      await second.ended
    })
})
