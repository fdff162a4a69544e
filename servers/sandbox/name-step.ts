// What the sandbox shows of names by key: node A has published its name to the relay, node B answers it by DNS, and whoever connects there
// finds the key that the name's owner has signed.
import { createHash } from 'node:crypto'
import { connect } from 'node:tls'
import { TYPE } from '../../core/dns/constants.ts'
import { overUdp } from '../../core/dns/exchange.ts'
import { splitHostPort } from '../../core/net/host-port.ts'

/** What was seen. */
export interface NameSeen {
  readonly npub: string
  /** host:port of node B's DNS server for such names. */
  readonly nostrDns: string
  readonly name: { readonly address: string; readonly port: number; readonly verified: boolean }
}

const CONNECT_MS = 10_000

/**
 * Resolves a name at a DNS server, connects, and compares the key with the TLSA record.
 *
 * @throws where one of the records is missing, or nobody answers
 */
export async function verifyByDns(npub: string, dns: string): Promise<NameSeen> {
  const host = `${npub}.nostr`
  const ask = async (name: string, type: number): Promise<readonly Buffer[]> => {
    const { answers } = await overUdp({
      server: splitHostPort(dns),
      name,
      type,
      edns: true,
      recursive: false,
      signal: AbortSignal.timeout(CONNECT_MS),
    })
    return answers.flatMap((record) => {
      if (record.type === TYPE.A) return [Buffer.from(record.data.bytes)]
      return record.type === 'other' && record.number === type ? [record.data] : []
    })
  }
  const [a] = await ask(host, TYPE.A)
  const [srv] = await ask(`_https._tcp.${host}`, TYPE.SRV)
  if (!a || !srv) throw new Error(`${dns} does not know ${host}`)
  const address = [...a].join('.')
  const port = srv.readUInt16BE(4)
  const pins = await ask(`_${port}._tcp.${host}`, TYPE.TLSA)
  const served = await servedKey(address, port, host)
  const verified = pins.some((pin) => pin.subarray(0, 3).equals(Buffer.of(3, 1, 1)) && pin.subarray(3).equals(served))
  if (!verified) throw new Error(`the key at ${address}:${port} is not the one that ${host} has signed`)
  return { npub, nostrDns: dns, name: { address, port, verified } }
}

/** SHA-256 over the SubjectPublicKeyInfo of what is served. */
async function servedKey(host: string, port: number, servername: string): Promise<Buffer> {
  // the pin says who it is
  const socket = connect({ host, port, servername, rejectUnauthorized: false, timeout: CONNECT_MS })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('timeout', () => reject(new Error(`${host}:${port} does not answer`)))
      socket.once('error', reject)
    })
    const certificate = socket.getPeerX509Certificate()
    if (!certificate) throw new Error(`${host}:${port} shows no certificate`)
    if (certificate.checkHost(servername) === undefined)
      throw new Error(`the certificate at ${host}:${port} is not for ${servername}`)
    const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
    return createHash('sha256').update(key).digest()
  } finally {
    socket.destroy()
  }
}
