// What the room of names consists of once it is needed: key, certificate, relays, publisher, look-up; and as they are switched on, the DNS
// server, the proxy for browsers and the name in the local network.
import { openNewestMemory } from '../../core/nostr/newest.ts'
import { createRelays } from '../../core/nostr/relays.ts'
import { writeKeyName } from '../../proto/npub.ts'
import { openNameCertificate } from './certificate.ts'
import { namingKeyFromNsec, NamingKeyError } from '../../core/nostr/keys.ts'
import { dropImportedKey, importNamingKey, openNamingKey } from './key.ts'
import { openNameLookup, type LookedUp } from './lookup.ts'
import { namesOf } from './name-pair.ts'
import { readName } from './name-text.ts'
import { createPublisher, type PublisherState } from './publisher.ts'
import { verifyName, type Verification } from './verify.ts'
import type { Way } from './content.ts'
import type { KeptName } from './kept.ts'
import type { NameProxy } from './proxy/proxy.ts'
import type { NameResolver } from './resolver/resolver.ts'
import type { NodeEvents } from '../events.ts'
import type { NamingSection } from '../settings/naming-section.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import type { LookupFunction } from 'node:net'
import type { SecureContext } from 'node:tls'

/** What the parts need. */
export interface PartsInit {
  readonly dir: string
  readonly config: NamingSection
  readonly identity: { readonly key: PrivateKey; readonly peerId: PeerId }
  readonly kept: KeptName
  /** How this machine is reached now. */
  readonly way: () => Way
  /** Shows these certificates to whoever comes by the name; the listener is there once this has resolved. @throws ListenError */
  readonly serveNames: (
    contextFor:
      ((servername: string) => { readonly context: SecureContext; readonly certPem: string } | undefined) | undefined,
  ) => Promise<void>
  readonly trustAnchorPem?: string | undefined
  readonly lookup?: LookupFunction | undefined
  readonly clock: Clock
  readonly monotonic: () => number
  readonly log: Log
  readonly onChange: () => void
  readonly emit: NodeEvents['emit']
}

/** The parts. */
export interface NamingParts {
  facts(): {
    readonly npub: string
    readonly names: readonly string[]
    readonly imported: boolean
    readonly publisher: PublisherState
    readonly resolver: readonly string[] | undefined
    readonly proxy: string | undefined
    readonly trusted: boolean | undefined
  }
  publish(signal: AbortSignal): Promise<void>
  withdraw(signal: AbortSignal): Promise<void>
  importKey(nsec: string, signal: AbortSignal): Promise<void>
  certificatePem(): string
  look(
    name: string,
    options: { readonly fresh: boolean; readonly signal: AbortSignal },
  ): Promise<LookedUp & { readonly name: string; readonly npub: string }>
  verify(name: string, signal: AbortSignal): Promise<Verification>
  setResolver(on: boolean): Promise<readonly string[]>
  open(name: string): Promise<{ readonly url: string; readonly pac: string }>
  trust(on: boolean): Promise<{ readonly certPem: string; readonly places: readonly string[] }>
  changed(): void
  stop(): Promise<void>
}

/** Opens them. @throws FileError, NamingKeyError, ListenError */
export async function openParts(init: PartsInit): Promise<NamingParts> {
  const { dir, config, identity, kept, clock, monotonic, log, onChange, way } = init
  const { allowPrivate, relays: urls } = config
  const { key, imported } = await openNamingKey({ dir, key: identity.key })
  const newest = await openNewestMemory({ dir, log })
  const relays = createRelays({ clock, monotonic, trustAnchorPem: init.trustAnchorPem, lookup: init.lookup })
  const lookup = await openNameLookup({ relays, urls, newest, dir, clock, log })
  const certificate = await openNameCertificate({ dir, npub: key.npub, clock, log })
  const publisher = createPublisher({
    ...{ key, identity, certificate, relays, urls, newest, kept, legacy: config.legacy, allowPrivate },
    ...{ way, clock, log, onChange },
    onPublished: () => init.emit({ event: 'name-published', npub: key.npub }),
  })
  let resolver: NameResolver | undefined
  let proxy: NameProxy | undefined
  let lan: { stop(): Promise<void> } | undefined
  let trusted: boolean | undefined

  const verifying = { lookup, allowPrivate, nowMs: () => clock.now() }

  const startServing = async (): Promise<void> => {
    await init.serveNames((servername) => {
      const context = certificate.contextFor(servername)
      return context && { context, certPem: certificate.current().certPem }
    })
    publisher.start()
    if (!config.lan || lan) return
    const { startLanName } = await import('./mdns/lan-name.ts')
    lan = await startLanName({ key, certificate, way, clock, log }).catch((error: unknown) => {
      log.info({ reason: String(error) }, 'the name is not told in the local network')
      return undefined
    })
  }

  const startResolver = async (): Promise<readonly string[]> => {
    const { startNameResolver } = await import('./resolver/resolver.ts')
    resolver ??= await startNameResolver({ port: config.resolver.port, lookup, allowPrivate, clock, log })
    init.emit({ event: 'name-resolver', addresses: resolver.addresses })
    onChange()
    return resolver.addresses
  }

  const startProxy = async (): Promise<NameProxy> => {
    const { startNameProxy } = await import('./proxy/proxy.ts')
    proxy ??= await startNameProxy({ port: config.proxy.port, dir, lookup, allowPrivate, clock, log })
    onChange()
    return proxy
  }

  const stop = async (): Promise<void> => {
    await Promise.allSettled([lan?.stop(), publisher.stop(), resolver?.stop(), proxy?.stop()])
    await init.serveNames(undefined)
    await lookup.stop()
  }

  try {
    if (config.publish ?? kept.get().publish) {
      // a port that is taken must not keep anybody from switching the name off
      await startServing().catch((error: unknown) => log.warn({ error: String(error) }, 'the name is not served'))
    } else if (kept.get().last?.withdrawn === false) publisher.start(false)
    if (config.resolver.on ?? kept.get().resolver) {
      await startResolver().catch((error: unknown) =>
        log.warn({ error: String(error) }, 'the DNS server for names by key does not run'),
      )
    }
    if (config.proxy.on ?? kept.get().proxy) {
      await startProxy().catch((error: unknown) =>
        log.warn({ error: String(error) }, 'the proxy for names by key does not run'),
      )
    }
  } catch (error) {
    await stop()
    throw error
  }

  return {
    facts: () => ({
      ...{ npub: key.npub, names: namesOf(key.npub).filter((name) => !name.startsWith('*.')), imported },
      ...{ publisher: publisher.state(), resolver: resolver?.addresses, proxy: proxy?.pacUrl, trusted },
    }),
    async publish(signal) {
      await kept.set({ publish: true })
      await startServing()
      await publisher.publishNow(signal)
    },
    async withdraw(signal) {
      await kept.set({ publish: false })
      try {
        await publisher.withdraw(signal)
      } finally {
        await lan?.stop()
        lan = undefined
        // whoever kept the name is shown no more that it is served here
        await init.serveNames(undefined)
      }
    },
    async importKey(nsec, signal) {
      // a key that is none must not cost the name
      if (nsec.trim() !== '') namingKeyFromNsec(nsec)
      const { last } = kept.get()
      if (last && !last.withdrawn && (await publisher.withdraw(signal)).trouble !== undefined) {
        // under another key it could not be withdrawn any more
        throw new NamingKeyError('no relay has taken the withdrawal of the present name: try again when relays answer')
      }
      if (nsec.trim() === '') await dropImportedKey(dir)
      else await importNamingKey({ dir, key: identity.key }, nsec)
    },
    certificatePem: () => certificate.current().certPem,
    async look(text, { fresh, signal }) {
      const name = readName(text)
      const found = await lookup.look(name.pubkey, { fresh, signal })
      return { ...found, name: writeKeyName(name), npub: name.npub }
    },
    verify: (text, signal) => verifyName(readName(text), verifying, signal),
    async setResolver(on) {
      await kept.set({ resolver: on })
      if (on) return await startResolver()
      await resolver?.stop()
      resolver = undefined
      onChange()
      return []
    },
    async open(text) {
      const name = readName(text)
      const running = await startProxy()
      if (!kept.get().proxy) await kept.set({ proxy: true })
      return { url: `https://${writeKeyName(name)}/`, pac: running.pacUrl }
    },
    async trust(on) {
      const running = await startProxy()
      const { trustInBrowsers } = await import('./browser-trust/nss.ts')
      const places = await trustInBrowsers({ certPem: running.authorityPem, on })
      trusted = on && places.length > 0
      onChange()
      return { certPem: running.authorityPem, places }
    },
    changed: () => publisher.look(),
    stop,
  }
}
