// The room of names by key. It opens nothing by itself but a small file: whoever uses no name pays for none. What is needed is loaded when
// the name is published, looked at in the window, or another one is asked for (parts.ts).
import { within } from '../../core/abort.ts'
import { openKeptName, type KeptName } from './kept.ts'
import type { NamingParts, PartsInit } from './parts.ts'
import type { LookedUp } from './lookup.ts'
import type { PublisherState } from './publisher.ts'
import type { Verification } from './verify.ts'

/** What it needs. */
export interface NamingInit extends Omit<PartsInit, 'kept'> {}

/** What is known of it, for whoever shows it. */
export interface NamingFacts {
  readonly state: 'off' | 'starting' | 'ready' | 'failed'
  /** Why it failed; empty otherwise. */
  readonly detail: string
  readonly npub: string | undefined
  readonly names: readonly string[]
  readonly imported: boolean
  readonly publish: boolean
  /** Whether the configuration says so. */
  readonly locked: boolean
  readonly publisher: PublisherState | undefined
  /** Where the resolver listens. */
  readonly resolver: readonly string[] | undefined
  /** Address of the proxy's rules. */
  readonly proxy: string | undefined
  readonly trusted: boolean | undefined
}

/** The room. */
export interface Naming {
  facts(): NamingFacts
  /** Loads it. @throws what keeps it from being loaded; `facts` tells that too */
  wake(): Promise<void>
  /** @throws the signal's reason, FileError */
  publish(signal: AbortSignal): Promise<void>
  /** @throws the signal's reason, FileError */
  withdraw(signal: AbortSignal): Promise<void>
  /** @param nsec  empty for the machine's own key again @throws NamingKeyError, FileError */
  importKey(nsec: string, signal: AbortSignal): Promise<void>
  certificatePem(): Promise<string>
  /** @throws NameTextError for what is no name by key; the signal's reason */
  look(
    name: string,
    options: { readonly fresh: boolean; readonly signal: AbortSignal },
  ): Promise<LookedUp & { readonly name: string; readonly npub: string }>
  /** @throws NameTextError, the signal's reason */
  verify(name: string, signal: AbortSignal): Promise<Verification>
  /** @returns where it listens; nowhere where it is off @throws DnsListenError, FileError */
  setResolver(on: boolean): Promise<readonly string[]>
  /** @throws NameTextError, ProxyListenError, FileError */
  open(name: string): Promise<{ readonly url: string; readonly pac: string }>
  /** @throws NssError, FileError */
  trust(on: boolean): Promise<{ readonly certPem: string; readonly places: readonly string[] }>
  /** An address, a port or a verdict may have changed. */
  changed(): void
  /** Comes back within 3 seconds. */
  stop(): Promise<void>
}

const STOP_MS = 3_000

/** Opens the room; the name is published from then on where that was chosen. @throws FileError */
export async function openNaming(init: NamingInit): Promise<Naming> {
  const { dir, log, config, onChange } = init
  const kept: KeptName = await openKeptName(dir, log)
  let loading: Promise<NamingParts> | undefined
  let parts: NamingParts | undefined
  let failure: string | undefined
  let isStopped = false

  const load = (): Promise<NamingParts> => {
    if (isStopped) throw new Error('the node stops')
    loading ??= (async () => {
      onChange()
      try {
        const { openParts } = await import('./parts.ts')
        parts = await openParts({ ...init, kept })
        failure = undefined
        return parts
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
        loading = undefined
        throw error
      } finally {
        onChange()
      }
    })()
    return loading
  }

  const isWanted = config.publish ?? kept.get().publish
  const resolver = config.resolver.on ?? kept.get().resolver
  const proxy = config.proxy.on ?? kept.get().proxy
  // a withdrawal that no relay has taken yet is tried until one has
  const isOwed = kept.get().last?.withdrawn === false
  if (isWanted || isOwed || resolver || proxy) {
    load().catch((error: unknown) => log.warn({ error: String(error) }, 'the name is not looked after'))
  }

  return {
    facts: () => ({
      state: parts ? 'ready' : failure === undefined ? (loading ? 'starting' : 'off') : 'failed',
      detail: failure ?? '',
      publish: config.publish ?? kept.get().publish,
      locked: config.publish !== undefined,
      ...(parts?.facts() ?? NOTHING),
    }),
    async wake() {
      await load()
    },
    publish: async (signal) => (await load()).publish(signal),
    withdraw: async (signal) => (await load()).withdraw(signal),
    async importKey(nsec, signal) {
      const before = await load().catch((error: unknown) => {
        if (error instanceof Error && error.name === 'NamingKeyError') return undefined
        throw error
      })
      if (before) {
        await before.importKey(nsec, signal)
        // everything follows from the key
        await before.stop()
      } else {
        // the way out of a key that cannot be opened
        const { dropImportedKey, importNamingKey } = await import('./key.ts')
        if (nsec.trim() === '') await dropImportedKey(dir)
        else await importNamingKey({ dir, key: init.identity.key }, nsec)
      }
      parts = undefined
      loading = undefined
      await load()
    },
    certificatePem: async () => (await load()).certificatePem(),
    look: async (name, options) => (await load()).look(name, options),
    verify: async (name, signal) => (await load()).verify(name, signal),
    setResolver: async (on) => (await load()).setResolver(on),
    open: async (name) => (await load()).open(name),
    trust: async (on) => (await load()).trust(on),
    changed: () => parts?.changed(),
    async stop() {
      isStopped = true
      const under = loading
      if (under)
        await within(
          STOP_MS,
          under.then((opened) => opened.stop()),
        )
    },
  }
}

const NOTHING = {
  ...{ npub: undefined, names: [], imported: false, publisher: undefined },
  ...{ resolver: undefined, proxy: undefined, trusted: undefined },
} as const
