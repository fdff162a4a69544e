// A computer without any network, and one whose network knows no names: what is told is what is so.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import { SnapshotSchema, type State } from '../../proto/api/index.ts'
import { formatInvitation } from '../../proto/invitation.ts'
import { failureKey } from '../../proto/text/ways.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { createLab, whyNoLab } from '../support/namespaces.ts'
import { temporaryFolder } from '../support/program.ts'

const CHILD = join(import.meta.dirname, 'no-network-child.ts')
const SERVER = '12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4'
const HOST = 'issue.nowhere.example'

describe('a computer', { skip: (await whyNoLab()) ?? false }, () => {
  test('without any network says so, and with one that knows no names it names the one that leads nowhere', async (t) => {
    const dir = await temporaryFolder(t)
    const invitation = formatInvitation({
      ...{ name: 'Nowhere', zone: 'nowhere.example', issue: [`/dns4/${HOST}/tcp/4431/p2p/${SERVER}`] },
    })
    const stored = {
      ...{ version: 1, values: { mapPorts: false }, network: { kind: 'joined', invitation } },
      ...{ wanted: false, peers: [], backupAt: null },
    }
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, 'settings.json'), JSON.stringify(stored))
    const lab = createLab(t)
    const machine = await lab.machine()
    const program = machine.talk(CHILD, { dir })
    const call = (method: string, input: unknown = {}) => program.say({ method, input })
    const life = async (): Promise<State['certificate']['life']> =>
      v.parse(SnapshotSchema, (await call('state.get'))['output']).state.certificate.life

    await call('reachability.check')
    const offline = await eventually('the computer is offline', async () => {
      const now = await life()
      return now.state === 'offline' && now
    })
    assert.equal(offline.reason, 'offline')
    const added = await call('peers.add', { address: `/ip4/20.0.0.2/tcp/4431/p2p/${SERVER}` })
    assert.equal((added['problem'] as { readonly code?: unknown } | undefined)?.code, 'offline')

    // a cable to another machine, and no way to any DNS server
    await lab.cable([machine, 'eth0', '20.0.0.3/24'], [await lab.machine(), 'eth0', '20.0.0.2/24'])
    await call('reachability.check')
    await call('certificate.get', { anyway: true })
    const failed = await eventually('the attempt has failed', async () => {
      const now = await life()
      return now.state === 'failed' && now
    })
    assert.ok(failed.problem)
    assert.equal(failureKey(failed.problem), 'error.name-unresolved')
    assert.equal(failed.problem.params['unresolved'], HOST)
  })
})
