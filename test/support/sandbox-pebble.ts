// Pebble as the CA of a sandbox: it asks the sandbox's own DNS role.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { splitHostPort } from '../../core/net/host-port.ts'
import { type PebbleOptions, startPebble } from './pebble.ts'
import type { SandboxInit } from '../../servers/sandbox/network.ts'

/** What a sandbox starts instead of the embedded CA. */
export function pebbleForSandbox(options: Omit<PebbleOptions, 'dnsPort'>): NonNullable<SandboxInit['startCa']> {
  return async (dns, dir) => {
    const pebble = await startPebble({ ...options, dnsPort: splitHostPort(dns).port })
    const trustAnchor = join(dir, 'pebble-https.pem')
    const root = join(dir, 'pebble-root.pem')
    await writeFile(trustAnchor, pebble.trustAnchorPem)
    await writeFile(root, pebble.issuingRootPem)
    return { directory: pebble.directoryUrl, trustAnchor, root, stop: () => pebble.stop() }
  }
}
