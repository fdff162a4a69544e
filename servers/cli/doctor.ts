// `nodetrust doctor host`: whether the world finds the servers of a zone and a CA will serve them, a line each with what to do.
import { access } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { loadConfig } from '../../core/config.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { redactText } from '../../core/redact.ts'
import { VERSION } from '../../core/version.ts'
import { doctorJson, doctorSum, doctorText, isWell } from '../../proto/doctor.ts'
import { ServersConfig } from '../config.ts'
import { lookAtHost } from '../doctor/doctor.ts'
import { isPeerAddress } from '../config/values.ts'
import { UsageError } from '../../core/commands/index.ts'

/** What doctor was told. */
export interface DoctorOptions {
  /** @default the first of PLACES that is there */
  readonly config?: string | undefined
  readonly peer?: string | undefined
  readonly resolver?: string | undefined
  readonly backup?: string | undefined
  readonly form: 'text' | 'json' | 'card'
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Where a host's configuration is, as `init` and the guide leave it. */
const PLACES = ['nodetrust.yaml', 'nodetrust-servers/nodetrust.yaml', '/var/lib/nodetrust-servers/nodetrust.yaml']

/**
 * Does it.
 *
 * @returns what to print, and whether nothing is wrong
 * @throws UsageError, ConfigError
 */
export async function doctorHost(options: DoctorOptions): Promise<{ readonly text: string; readonly well: boolean }> {
  const { peer, resolver, backup, form, env, signal } = options
  if (resolver !== undefined && !parseHostPort(resolver))
    throw new UsageError(`--resolver ${resolver}: expected an address and a port, for example 192.0.2.53:53`)
  if (peer !== undefined && !isPeerAddress(peer))
    throw new UsageError(
      `--peer ${peer}: expected the address of a node elsewhere, which ends with /p2p/ and its peer id`,
    )
  const file = options.config ?? (await findConfig())
  const config = await loadConfig(ServersConfig, { file, env })
  const lines = await lookAtHost({ config, peer, resolver, backup, signal })
  const well = isWell(lines) && !signal.aborted
  if (form === 'json') return { text: doctorJson(lines), well }
  const text = `${doctorText(lines)}\n\n${doctorSum(lines)}`
  if (form === 'text') return { text, well }
  const about = `Nodetrust ${VERSION}, ${platform()} ${arch()}, ${new Date().toISOString().slice(0, 16)}Z\nzone ${config.zone}`
  return { text: redactText(`${about}\n\n${text}`), well }
}

async function findConfig(): Promise<string> {
  for (const place of PLACES) {
    const there = await access(place).then(
      () => true,
      () => false,
    )
    if (there) return place
  }
  throw new UsageError(`--config is missing, and there is no ${PLACES.join(', ')}`)
}
