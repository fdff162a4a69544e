// Faults of Node itself, each shown in a few lines; where one ends the process, in a process of its own.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { makeNamePair } from '../../main/naming/name-pair.ts'
import type { AddressInfo } from 'node:net'

/** A certificate on secp256k1, made by OpenSSL for nobody. */
const SECP256K1 = `-----BEGIN CERTIFICATE-----
MIIBdTCCARqgAwIBAgIUZgpsCYVY1hNLLQ3IWm1C8oDATEIwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MB4XDTI2MTIwMTAyMDQ0NloXDTM2MTEyODAyMDQ0
NlowETEPMA0GA1UEAwwGbm9ib2R5MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAErcJH
8zsYZrqDw/oLquYi8JbLEz4eYDV3/T/LAgj8E2+zJc8rVjGvWHFzr47Q1Rdr4ydu
GNZK5a0j5Q0ldG1bQ6NTMFEwHQYDVR0OBBYEFEag1IAckyjHal8vJpql4kwK687v
MB8GA1UdIwQYMBaAFEag1IAckyjHal8vJpql4kwK687vMA8GA1UdEwEB/wQFMAMB
Af8wCgYIKoZIzj0EAwIDSQAwRgIhAOQknSB/11zLhJKQzOFdqA+KFpsMg3Xk0LoI
Sr5rKFLZAiEAs8rkFqNHDB14D3xIrkVIAtLHBWdJ7VvthGD25+tSM9g=
-----END CERTIFICATE-----`

export const NODE_FAULTS: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
  'legacy-certificate'() {
    const script = `new (require('node:crypto').X509Certificate)(${JSON.stringify(SECP256K1)}).toLegacyObject()`
    return spawnSync(process.execPath, ['-e', script]).signal === 'SIGSEGV'
  },
  async 'certificate-once'() {
    const { keyPem, certPem } = await makeNamePair(makeNamingKey().npub, Date.now())
    const server = createServer({ key: keyPem, cert: certPem })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const found = [socket.getPeerX509Certificate(), socket.getPeerX509Certificate()]
    socket.destroy()
    server.close()
    return found[0] !== undefined && found[1] === undefined
  },
}
