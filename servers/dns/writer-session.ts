// An issue server's or broker's session with one DNS server of the zone: tells it everything that is set at the moment, then that it
// is in step, every few seconds. It is begun again whenever it ends, so a DNS server that was restarted, restored or cut off lacks
// nothing a moment after it can be reached again; until then it knows that it may (in-step.ts).
import { multiaddr } from '@multiformats/multiaddr'
import { throwProblem } from '../../proto/problem.ts'
import { DNS01_PROTOCOL, MAX_MESSAGE_BYTES, STREAM_IDLE_MS } from '../../proto/protocols.ts'
import { wireStream, type WireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import type { Host } from '../../core/host.ts'
import type { Clock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'

const { Action } = nodetrust.Dns01Request

/** One thing that a writer tells. */
export type Told = Required<Pick<nodetrust.Dns01Request.$Properties, 'action' | 'name' | 'value'>>

/** What a session needs. */
export interface WriterSessionInit {
  readonly host: Host
  /** Multiaddr with a /p2p/ part. */
  readonly server: string
  /** Everything that is set now, in the order in which it was set. */
  readonly everything: () => readonly Told[]
  readonly clock: Clock
  readonly log: Log
}

/** A session that is begun again when it ends. */
export interface WriterLink {
  /** Whether there is a session that is in step. */
  readonly isInStep: boolean
  /** The server was reached just now: where there is no session, it is begun at once. */
  reached(): void
  /** Begins the session anew: something that was told did not arrive. */
  again(): void
  /** Comes back when a session has been in step for the first time, or the time is over. */
  first(withinMs: number): Promise<void>
  /** Says that nothing more is set, where there is a session, and ends. */
  stop(): Promise<void>
}

/** Three of them fit into the silence after which the other side gives a session up. */
const BEAT_MS = STREAM_IDLE_MS / 3

/** A server that comes back is in step again a second later; one that is away costs a dial every other second. */
const RETRY_FIRST_MS = 100
const RETRY_MOST_MS = 2_000

/** One call, with dialling, may take this long. */
const CALL_TIMEOUT_MS = 15_000

/** A goodbye on loopback takes milliseconds; a server that does not hear it waits for us as if we had been killed. */
const LEAVE_TIMEOUT_MS = 1_000

/** Opens a stream to a DNS server. */
export async function openDns01(host: Host, server: string, signal: AbortSignal): Promise<WireStream> {
  const stream = await host.dialProtocol(multiaddr(server), DNS01_PROTOCOL, { signal, maxOutboundStreams: MAX_STREAMS })
  return wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.dns01, signal })
}

/** All orders share one connection to a DNS server. */
const MAX_STREAMS = 512

/** Begins. */
export function keepInStep({ host, server, everything, clock, log }: WriterSessionInit): WriterLink {
  const strangers = countedLog(log, clock)
  const stopping = new AbortController()
  const { promise: inStep, resolve: wasInStep } = Promise.withResolvers<void>()
  let session: { readonly wire: WireStream; readonly ended: AbortController } | undefined
  let retryMs = RETRY_FIRST_MS
  let wasNoted = false
  let isInStep = false
  let waiting = new AbortController()

  const say = async (wire: WireStream, told: Told): Promise<void> => {
    await wire.write(nodetrust.Dns01Request, told)
    throwProblem((await wire.read(nodetrust.Dns01Response)).problem)
  }

  /** What the server refuses is no reason to be out of step with everything else. */
  const sayOrNote = async (wire: WireStream, told: Told): Promise<void> => {
    const { problem } = await exchange(wire, told)
    if (problem) strangers.warn({ server, name: told.name, reason: problem.message }, 'the DNS server did not take it')
  }

  const exchange = async (wire: WireStream, told: Told) => {
    await wire.write(nodetrust.Dns01Request, told)
    return wire.read(nodetrust.Dns01Response)
  }

  const hold = async (): Promise<void> => {
    const ended = new AbortController()
    const signal = AbortSignal.any([stopping.signal, ended.signal])
    // the signal of the dial must not end the stream that it gives
    const dialling = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)])
    const stream = await host.dialProtocol(multiaddr(server), DNS01_PROTOCOL, {
      signal: dialling,
      maxOutboundStreams: MAX_STREAMS,
    })
    const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.dns01, signal: ended.signal })
    session = { wire, ended }
    try {
      await say(wire, { action: Action.SYNC, name: '', value: '' })
      for (const one of everything()) await sayOrNote(wire, one)
      for (;;) {
        await say(wire, { action: Action.IN_STEP, name: '', value: '' })
        if (wasNoted) log.info({ server }, 'the DNS server is in step again')
        wasNoted = false
        isInStep = true
        retryMs = RETRY_FIRST_MS
        wasInStep()
        await clock.sleep(BEAT_MS, signal)
      }
    } catch (error) {
      if (stopping.signal.aborted && !ended.signal.aborted) {
        const bye = say(wire, { action: Action.LEAVE, name: '', value: '' }).then(() => wire.close())
        await Promise.race([bye.catch(() => undefined), quiet(LEAVE_TIMEOUT_MS)])
      }
      throw error
    } finally {
      session = undefined
      isInStep = false
      wire.abort(new Error('the session ended'))
    }
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await hold()
      } catch (error) {
        if (stopping.signal.aborted) return
        if (!wasNoted)
          log.warn({ server, reason: String(error) }, 'a DNS server may be out of step; it is told all again')
        wasNoted = true
      }
      waiting = new AbortController()
      await clock.sleep(retryMs, AbortSignal.any([stopping.signal, waiting.signal])).catch(() => undefined)
      retryMs = Math.min(retryMs * 2, RETRY_MOST_MS)
    }
  }
  const running = run()

  return {
    get isInStep() {
      return isInStep
    },
    reached() {
      if (!session) waiting.abort(new Error('the server was reached'))
    },
    again() {
      session?.ended.abort(new Error('something did not arrive'))
    },
    async first(withinMs) {
      await Promise.race([inStep, running, quiet(withinMs)])
    },
    async stop() {
      stopping.abort(new Error('the role was stopped'))
      await running
    },
  }
}

/** A wait in real time that keeps no process alive. */
function quiet(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
