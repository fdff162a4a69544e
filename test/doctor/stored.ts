// A data folder as a node leaves it: its key, and a certificate that a private CA gave it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { createCertificateStore } from '../../main/certificates/store.ts'
import { openFileIdentity } from '../../main/identity/keeper.ts'
import { makeBundle, namesOf, testAuthority } from '../main/support.ts'

/**
 * Writes it.
 *
 * @param init.address  IP address that the certificate was obtained for
 * @returns where the root is that the node has to trust
 */
export async function createStoredCertificate(init: {
  readonly dir: string
  readonly zone: string
  readonly address: string
}): Promise<{ readonly rootPath: string }> {
  const { dir, zone, address } = init
  const now = Date.now()
  const { peerId } = await openFileIdentity({ dir, clock: systemClock, log: silentLog })
  const authority = await testAuthority(now)
  const bundle = await makeBundle({ authority, names: namesOf(peerId, zone), now, addresses: [address] })
  const trustAnchorPem = authority.rootPem
  const store = createCertificateStore({ dir, peer: peerId, clock: systemClock, trustAnchorPem, zones: [zone] })
  await store.save(bundle)
  const rootPath = join(dir, 'root-to-trust.pem')
  await writeFile(rootPath, trustAnchorPem)
  return { rootPath }
}
