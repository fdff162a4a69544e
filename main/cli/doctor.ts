// `nodetrust doctor`: everything that a certificate needs, looked at by the running node; where none runs, what can be looked at without
// one. 0 where nothing is wrong, 1 else, 130 where it was broken off.
import { join } from 'node:path'
import { loadConfig } from '../../core/config.ts'
import { readFileIfThere } from '../../core/files.ts'
import { silentLog } from '../../core/log.ts'
import { whoHolds } from '../../core/lock.ts'
import { VERSION } from '../../core/version.ts'
import { doctorJson, doctorSum, doctorText, isWell, NODE_CHECKS } from '../../proto/doctor.ts'
import { readCertificateReport } from '../certificates/show.ts'
import { cardText, doctorLines } from '../doctor/card.ts'
import { doctorConfigOf } from '../doctor/config.ts'
import { runDoctor } from '../doctor/doctor.ts'
import { NodeConfigSchema } from '../settings/config.ts'
import { layerOf } from '../settings/layer.ts'
import { readStored } from '../settings/store.ts'
import { findNode, NoNodeError, type NodeClient } from './client.ts'
import type { State } from '../../proto/api/index.ts'
import type { Terminal } from './terminal.ts'
import type { Asked } from './words.ts'

/** Often enough to look alive. */
const LOOK_MS = 300

/** Longer than the check-up itself. */
const PATIENCE_MS = 40_000

/** As a shell says it of SIGINT. */
const BROKEN_OFF = 130

type Findings = State['doctor']['findings']

/** The command. @throws ConfigError, ApiError, FileError */
export async function doctor(asked: Asked, terminal: Terminal): Promise<number> {
  const { dir, switches } = asked
  const node = await findNode(dir).catch((error: unknown) => {
    if (error instanceof NoNodeError) return error
    throw error
  })
  const findings = node instanceof NoNodeError ? await lookAlone(asked, terminal) : await lookWith(node, terminal)
  if (terminal.signal.aborted) {
    terminal.say('Broken off before all was looked at.')
    return BROKEN_OFF
  }
  const lines = doctorLines(findings)
  if (switches.has('json')) terminal.write(doctorJson(lines))
  else if (switches.has('share')) terminal.print(await cardOf(node, findings, terminal))
  else {
    terminal.print(`${doctorText(lines)}\n\n${doctorSum(lines)}`)
    if (node instanceof NoNodeError) terminal.say(`Some needs a running node: ${node.message}`)
    if (await hasServers()) terminal.say('This folder has servers; of those: nodetrust doctor host')
  }
  return isWell(lines) ? 0 : 1
}

/** Asks a running node and waits for it. */
async function lookWith(node: NodeClient, { clock, signal }: Terminal): Promise<Findings> {
  await node.call('doctor.start', {})
  const until = clock.now() + PATIENCE_MS
  for (;;) {
    const { state } = await node.call('state.get', {})
    const { startedAt, endedAt, findings } = state.doctor
    if (startedAt !== null && endedAt !== null) return findings
    if (clock.now() > until || signal.aborted)
      return findings.map((finding) => (finding.code === null ? { ...finding, code: 'unchecked' } : finding))
    await clock.sleep(LOOK_MS, signal).catch(() => undefined)
  }
}

/** Looks at what is there without a node: configuration, folder, servers. */
async function lookAlone({ dir, sources }: Asked, { clock, signal }: Terminal): Promise<Findings> {
  const stored = await readStored(dir)
  const chosen = stored?.network ?? null
  const invitation = chosen?.kind === 'joined' ? chosen.invitation : undefined
  const facts = { rootPath: join(dir, 'network-root.pem'), invitation, tcpPort: stored?.values.tcpPort ?? 0 }
  const base = stored && layerOf(stored, facts)
  const config = await loadConfig(NodeConfigSchema, base ? { ...sources, base } : sources)
  const { certificate } = await readCertificateReport(dir, clock.now())
  const network = config.network.issue.length > 0 || config.network.autotls !== undefined
  const findings = await runDoctor({
    ...{ dir, clock, signal, log: silentLog, identity: undefined, heldBy: await whoHolds(dir) },
    ...{ config: doctorConfigOf(config), hasNetwork: network || chosen !== null, looked: Promise.resolve() },
    certificate: certificate
      ? {
          ...{ names: certificate.names, chainPem: '' },
          ...{ notBefore: Date.parse(certificate.notBefore), notAfter: Date.parse(certificate.notAfter) },
        }
      : undefined,
    node: () => undefined,
    tell: () => undefined,
  })
  return NODE_CHECKS.flatMap((check) => {
    const finding = findings.get(check)
    return finding ? [{ check, ...finding }] : []
  })
}

async function cardOf(node: NodeClient | NoNodeError, findings: Findings, { clock }: Terminal): Promise<string> {
  if (!(node instanceof NoNodeError)) return (await node.call('doctor.card', {})).text
  return cardText(findings, { version: VERSION, at: clock.now(), peerId: null, zone: null })
}

/** Whether somebody stands in a host's folder, and may have meant that. */
async function hasServers(): Promise<boolean> {
  const text = await readFileIfThere('nodetrust.yaml').catch(() => undefined)
  return /^zone:/m.test(text?.toString('utf8') ?? '')
}
