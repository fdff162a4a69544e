// What happens to a certificate after it is served here: it is written where other programs find it, then the operator's hook is
// run. Serving never waits for either. What fails is told and tried again after 1, 10 and 100 minutes, then daily, until it is done or
// the next certificate comes; the files are looked at once an hour, because somebody may have changed or removed them.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import { backOffMs } from '../../../core/acme/back-off.ts'
import { readFileIfThere, writeFileAtomic } from '../../../core/files.ts'
import { exportCertificate, ExportError, type Exported } from './export-folder.ts'
import { runHook } from './hook.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../core/log.ts'
import type { CertificateBundle } from '../../../core/x509/index.ts'
import type { Emit } from '../../events.ts'
import type { History } from '../history.ts'
import type { NodeConfig } from '../../settings/config.ts'

/** What is to be done with each certificate. */
export type HandoverSection = NodeConfig['certificate']

/** What it is made of. */
export interface HandoverInit {
  readonly section: HandoverSection
  /** The data folder; where no folder is named for the files, they are in `certificate-files` of it. */
  readonly dir: string
  readonly clock: Clock
  readonly log: Log
  readonly emit: Emit
  readonly history: History
}

/** Hands certificates over to other programs. */
export interface Handover {
  /** A certificate is in service; comes back at once. */
  give(bundle: CertificateBundle): void
  /** The settings were read again; the certificate in service is handed over by them, at once where that had failed. */
  change(section: HandoverSection): void
  /** Ends what is under way; comes back within seconds. */
  stop(): Promise<void>
}

/** Seldom enough to cost nothing, and sooner than anybody renews. */
const LOOK_AGAIN_MS = 3_600_000

/** For which certificate which hook has succeeded, so that a restart does not run it again. */
const DoneSchema = v.object({ certificate: v.string(), hook: v.string() })

/** Makes it; nothing happens before a certificate is given. */
export function createHandover(init: HandoverInit): Handover {
  const { dir, clock, log, emit, history } = init
  const donePath = join(dir, 'certificate.hook.json')
  let section = init.section
  let current: CertificateBundle | undefined
  let stopped = false
  let ending = new AbortController()
  let running: Promise<void> = Promise.resolve()

  const handOver = async (bundle: CertificateBundle, failedBefore: boolean, signal: AbortSignal): Promise<void> => {
    const { hook } = section
    const folder = section.export ?? join(dir, 'certificate-files')
    const { changed, paths } = await exportCertificate(bundle, { folder, group: section.exportGroup })
    const certificate = createHash('sha256').update(bundle.chainPem).digest('hex')
    const ran = hook === undefined ? undefined : await runOnce({ hook, bundle, paths, certificate }, changed, signal)
    if (changed || failedBefore || ran !== undefined) emit({ event: 'handed-over', folder, hook: ran ?? null })
    else log.debug({ folder }, 'the exported certificate is the newest already')
  }

  /** @returns the hook, where it was run */
  const runOnce = async (what: HookRun, changed: boolean, signal: AbortSignal): Promise<string | undefined> => {
    const { hook, certificate, bundle, paths } = what
    const done = await readDone(donePath)
    if (!changed && done?.certificate === certificate && done.hook === hook) return undefined
    await runHook({ program: hook, timeoutMs: section.hookTimeoutMs, bundle, paths, log, signal })
    await writeFileAtomic(donePath, JSON.stringify({ certificate, hook })).catch((error: unknown) =>
      log.warn({ error: String(error) }, 'that the hook has succeeded is not written; the next start runs it again'),
    )
    return hook
  }

  /** Until something else is to be handed over; never rejects. */
  const keepHandedOver = async (bundle: CertificateBundle, signal: AbortSignal): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      let pauseMs = LOOK_AGAIN_MS
      try {
        await handOver(bundle, failures > 0, signal)
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        pauseMs = backOffMs(failures++)
        const failure = failureOf(error)
        emit({ event: 'failed', ...failure, retryAt: new Date(clock.now() + pauseMs).toISOString() })
        history.note({ what: 'failed', code: failure.code, detail: failure.message })
      }
      await clock.sleep(pauseMs, signal).catch(() => undefined)
    }
  }

  const begin = (): void => {
    ending.abort(new Error('another certificate or other settings'))
    ending = new AbortController()
    const { signal } = ending
    const bundle = current
    if (stopped || !bundle || (section.export === undefined && section.hook === undefined)) return
    running = running.then(() => keepHandedOver(bundle, signal))
  }

  return {
    give(bundle) {
      if (current?.chainPem === bundle.chainPem) return
      current = bundle
      begin()
    },
    change(next) {
      section = next
      begin()
    },
    async stop() {
      stopped = true
      ending.abort(new Error('the node stops'))
      await running
    },
  }
}

interface HookRun {
  readonly hook: string
  readonly bundle: CertificateBundle
  readonly paths: Exported['paths']
  readonly certificate: string
}

function failureOf(error: unknown): { readonly code: string; readonly message: string; readonly nextStep: string } {
  const message = error instanceof Error ? error.message : String(error)
  const isHook = error instanceof Error && error.name === 'HookError'
  const nextStep = isHook
    ? 'see why the program of `certificate.hook` fails; its output is in the log at level debug'
    : error instanceof ExportError
      ? 'change that; SIGHUP makes the node try at once'
      : 'see who may write into the folder of `certificate.export`, and whether the disk is full'
  const code = isHook ? 'certificate-hook' : 'certificate-export'
  return { code, message, nextStep }
}

async function readDone(path: string): Promise<v.InferOutput<typeof DoneSchema> | undefined> {
  const text = await readFileIfThere(path)
  if (!text) return undefined
  try {
    return v.parse(DoneSchema, JSON.parse(text.toString('utf8')))
  } catch {
    return undefined
  }
}
