// The network behind an app on a desktop: real servers of the sandbox on loopback, with a CA and doors that a test can move.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startUiNetwork, type UiNetwork, type UiNetworkInit } from '../../ui/hosts/network.ts'

/** Starts it; it ends with the test. */
export async function startFriends(t: TestContext, init: Omit<UiNetworkInit, 'caDir'> = {}): Promise<UiNetwork> {
  const caDir = await mkdtemp(join(tmpdir(), 'nodetrust-ca-'))
  t.after(() => rm(caDir, { recursive: true, force: true }))
  const started = await startUiNetwork({ caDir, ...init })
  t.after(() => started.stop())
  return started
}
