// `nodetrust name verify --offline`: an experiment that asks nobody. A chain from a file or a server, judged by the name's key alone.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UsageError } from '../../core/commands/index.ts'
import { FileError } from '../../core/files.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { lookByTls } from '../../core/net/tls-look.ts'
import { writeKeyName } from '../../proto/npub.ts'
import { readName } from '../naming/name-text.ts'
import { verifyOffline } from '../naming/offline/chain.ts'
import type { VerificationData } from '../../proto/api/index.ts'
import type { Terminal } from './terminal.ts'

const LOOK_MS = 10_000
const MAX_CHAIN_CHARS = 64 * 1_024

/** @param where  a file, or HOST:PORT @throws UsageError, FileError, or why nobody answers there */
export async function verifyNameOffline(
  text: string,
  where: string,
  { clock, signal }: Pick<Terminal, 'clock' | 'signal'>,
): Promise<VerificationData> {
  const name = readName(text)
  const host = writeKeyName(name)
  const place = parseHostPort(where)
  const chain = place?.port ? await chainAt(place, host, signal) : await chainIn(where)
  const { ok, fault, until } = verifyOffline(chain, { pubkey: name.pubkey, host, nowMs: clock.now() })
  const finding = ok
    ? ({ step: 'pin', outcome: 'good', code: 'offline', params: { until: until ?? 0 } } as const)
    : ({ step: 'pin', outcome: 'bad', code: `offline-${fault}`, params: {} } as const)
  return { name: host, npub: name.npub, ok, findings: [finding] }
}

async function chainAt(
  place: { readonly host: string; readonly port: number },
  servername: string,
  signal: AbortSignal,
) {
  return await lookByTls({
    where: { ...place, servername },
    withinMs: LOOK_MS,
    signal,
    read(socket) {
      const leaf = socket.getPeerX509Certificate()
      const issuer: X509Certificate | undefined = leaf?.issuerCertificate
      return [leaf, issuer].filter((one) => one !== undefined)
    },
  })
}

async function chainIn(word: string): Promise<readonly X509Certificate[]> {
  const path = resolve(word)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new FileError(path, 'read', error)
  })
  const pems =
    text.slice(0, MAX_CHAIN_CHARS).match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  if (pems.length === 0) throw new UsageError(`${word} holds no certificate, and is no HOST:PORT`)
  return pems.slice(0, 4).map((pem) => new X509Certificate(pem))
}
