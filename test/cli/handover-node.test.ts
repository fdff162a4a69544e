// The certificate of a real node as other programs get it: at the start, after other settings by SIGHUP, and said where it fails.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { stringify } from 'yaml'
import { nodeFlags } from '../../core/node-flags.ts'
import { loadOrCreatePeerKey } from '../../core/peer-key.ts'
import { serialiseBundle } from '../../core/x509/index.ts'
import { type NodeEventLine, parseNodeEventLine } from '../../proto/node-events.ts'
import { makeBundle, namesOf, temporaryDir, testAuthority } from '../main/support.ts'
import { cleanEnv, ROOT } from '../support/command.ts'

const HEADLESS = join(ROOT, 'main', 'headless.ts')

test('C a node hands its certificate over, takes other settings by SIGHUP, and says in `status` when a hook fails', async (t) => {
  const dir = await temporaryDir(t)
  const authority = await testAuthority(Date.now())
  const peer = peerIdFromPrivateKey(await loadOrCreatePeerKey(join(dir, 'peer.key')))
  const bundle = await makeBundle({ authority, names: namesOf(peer), now: Date.now() })
  await writeFile(join(dir, 'root.pem'), authority.rootPem)
  await writeFile(join(dir, 'certificate.json'), serialiseBundle(bundle))
  const hook = join(dir, 'hook')
  await writeFile(hook, `#!/bin/sh\ncp "$NODETRUST_CERTIFICATE_PRIVKEY" ${dir}/seen.pem\n`)
  await chmod(hook, 0o755)
  const path = join(dir, 'node.yaml')
  const configure = (certificate: object) =>
    writeFile(
      path,
      stringify({
        ...{ dir, certificate, discovery: { enabled: false }, reachability: { mapPorts: false } },
        network: { trustAnchor: join(dir, 'root.pem') },
        listen: { addresses: '/ip4/127.0.0.1/tcp/0', wss: '/ip4/127.0.0.1/tcp/0/tls/ws' },
      }),
    )
  await configure({ export: join(dir, 'one'), hook })
  const child = spawn(process.execPath, [...nodeFlags(), HEADLESS, 'node', '--config', path, '--events'], {
    ...{ env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] },
  })
  t.after(() => child.kill('SIGKILL'))
  const events: NodeEventLine[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseNodeEventLine(line)
    if (event) events.push(event)
  })
  const until = async (fits: (event: NodeEventLine) => boolean): Promise<void> => {
    while (!events.some((event) => fits(event))) {
      assert.equal(child.exitCode, null, JSON.stringify(events))
      await sleep(20)
    }
  }

  await until((event) => event.event === 'handed-over' && event.folder === join(dir, 'one') && event.hook === hook)
  assert.equal((await readFile(join(dir, 'seen.pem'), 'utf8')).trim(), bundle.keyPem.trim())

  const failing = join(dir, 'failing')
  await writeFile(failing, '#!/bin/sh\necho "no such server"\nexit 1\n')
  await chmod(failing, 0o755)
  await configure({ export: join(dir, 'two'), hook: failing })
  child.kill('SIGHUP')
  await until((event) => event.event === 'failed' && event.code === 'certificate-hook')
  assert.match(await readFile(join(dir, 'two', 'fullchain.pem'), 'utf8'), /BEGIN CERTIFICATE/)
  const status = spawnSync(process.execPath, [...nodeFlags(), HEADLESS, 'status', `--dir=${dir}`], {
    ...{ env: cleanEnv(), encoding: 'utf8' },
  })
  assert.match(
    status.stdout,
    /^Notices +The program that should run after a renewal failed: the hook .* ended with exit code 1; it said: no such server$/m,
  )
  child.kill('SIGTERM')
  assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 0)
})
