// What a TLS server speaks, found out as a scanner does: every suite that the machine's OpenSSL has is offered alone.
import { constants } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { connect, type ConnectionOptions, getCiphers, type TLSSocket } from 'node:tls'

/** What a server of ours is to look like. */
export interface TlsLook {
  /** Suites of TLS 1.2 that it takes, sorted. */
  readonly suites: readonly string[]
  readonly tls13: boolean
  /** The group that two of this machine agree on in TLS 1.3. */
  readonly postQuantum: boolean
  readonly x25519: boolean
  /** TLS 1.0 or 1.1. */
  readonly old: boolean
  readonly tickets: boolean
  readonly renegotiates: boolean
}

/** Mozilla's "intermediate" without DHE, for a certificate with an elliptic key. */
export const GOOD_TLS: TlsLook = {
  suites: ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  tls13: true,
  postQuantum: supportsPostQuantum(),
  x25519: true,
  old: false,
  tickets: false,
  renegotiates: false,
}

/** Looks at a server on loopback. */
export async function tlsLook(at: { readonly port: number; readonly servername?: string }): Promise<TlsLook> {
  const agrees = async (options: ConnectionOptions) => (await shake({ ...at, ...options })) !== undefined
  const only12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const
  const suites: string[] = []
  const offered = getCiphers().filter((name) => !name.startsWith('tls_'))
  for (const name of offered) {
    const suite = name.toUpperCase()
    if (await agrees({ ...only12, ciphers: `${suite}:@SECLEVEL=0` })) suites.push(suite)
  }
  return {
    suites: suites.sort(),
    tls13: await agrees({ minVersion: 'TLSv1.3' }),
    postQuantum: supportsPostQuantum() && (await agrees({ ecdhCurve: 'X25519MLKEM768' })),
    x25519: await agrees({ ecdhCurve: 'X25519' }),
    old: await agrees({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    tickets: (await shake({ ...at, ...only12 }))?.ticket ?? false,
    renegotiates: (await shake({ ...at, ...only12 }, true))?.renegotiated ?? false,
  }
}

function supportsPostQuantum(): boolean {
  const [major = 0, minor = 0] = process.versions.openssl.split('.').map((part) => Number.parseInt(part, 10))
  return major > 3 || (major === 3 && minor >= 5)
}

interface Shaken {
  readonly ticket: boolean
  readonly renegotiated: boolean
}

/** A door that lets so many in a second cuts the others off before TLS has begun; these come again, for ten seconds. */
const TRIES = 100
const PAUSE_MS = 100

/** One handshake; undefined where it fails, or where this machine cannot even offer it. */
async function shake(options: ConnectionOptions, renegotiate = false): Promise<Shaken | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const result = await shakeOnce(options, renegotiate)
    if (result !== 'cut off') return result
    await setTimeout(PAUSE_MS)
  }
  throw new Error('the server cut every connection off')
}

function shakeOnce(options: ConnectionOptions, renegotiate: boolean): Promise<Shaken | 'cut off' | undefined> {
  return new Promise((resolve) => {
    let socket: TLSSocket
    const end = (result: Shaken | 'cut off' | undefined) => {
      socket.destroy()
      resolve(result)
    }
    try {
      const secureOptions = renegotiate ? constants.SSL_OP_LEGACY_SERVER_CONNECT : 0
      socket = connect({ host: '127.0.0.1', rejectUnauthorized: false, secureOptions, ...options })
    } catch {
      resolve(undefined)
      return
    }
    // an alert has another code
    const fail = (error: NodeJS.ErrnoException) => end(error.code === 'ECONNRESET' ? 'cut off' : undefined)
    socket.on('error', fail)
    socket.on('close', () => end(undefined))
    socket.once('secureConnect', () => {
      const ticket = socket.getTLSTicket() !== undefined
      if (!renegotiate) return end({ ticket, renegotiated: false })
      socket.off('error', fail)
      socket.on('error', () => end({ ticket, renegotiated: false }))
      socket.removeAllListeners('close')
      socket.on('close', () => end({ ticket, renegotiated: false }))
      socket.renegotiate({ rejectUnauthorized: false }, (error) => end({ ticket, renegotiated: error === null }))
    })
  })
}
