// The keeper of a certificate as a part of a node: whom it asks, in which order, where it keeps what it got, and how that gets into
// service, all taken from the configuration and the parts that are there already.
import { announceFilter } from '../../core/net/announce-filter.ts'
import { forgeOf, type Forge } from '../issuers/autotls/forge.ts'
import { createNodeAutoTls } from '../issuers/autotls/node.ts'
import { issuersInOrder, type NamedIssuer } from '../issuers/in-order.ts'
import { createNodetrustIssuer } from '../issuers/nodetrust/flow.ts'
import { createGate } from '../reachability/gate.ts'
import { situationOf, zonesOf } from '../settings/network.ts'
import { explainFailure } from './failures.ts'
import { createCertificateKeeper, type CertificateKeeper, type CertificateKeeperInit } from './keeper.ts'
import { createPendingKey } from './pending.ts'
import { loadRetryDate } from './retry.ts'
import { createCertificateStore } from './store.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Identity } from '../identity/identity.ts'
import type { Silences } from '../issuers/autotls/silence.ts'
import type { AgreedZone } from '../issuers/nodetrust/zone.ts'
import type { NodeHost } from '../node/node-host.ts'
import type { Reachability } from '../reachability/reachability.ts'
import type { NodeConfig } from '../settings/config.ts'
import type { Handover } from './handover/handover.ts'

/** What it is made of. */
export interface NodeKeeperInit extends Pick<
  CertificateKeeperInit,
  'clock' | 'log' | 'emit' | 'history' | 'monotonic' | 'wanted' | 'onChange'
> {
  readonly config: NodeConfig
  readonly identity: Identity
  readonly node: NodeHost
  readonly trustAnchorPem: string | undefined
  readonly reachability: Reachability
  readonly forges: readonly Forge[]
  /** The zone that this network was joined for. */
  readonly agreed: AgreedZone
  readonly silences: Silences
  /** Gives the certificate to other programs as well. */
  readonly handover: Pick<Handover, 'give'>
}

/** Makes the keeper; it asks for nothing before its start. */
export async function createNodeKeeper(init: NodeKeeperInit): Promise<CertificateKeeper> {
  const { config, identity, node, trustAnchorPem, reachability, forges, agreed, silences, handover } = init
  const { clock, log, emit } = init
  const { network, dir } = config
  const pending = createPendingKey({ dir, clock })
  const ways: NamedIssuer[] = []
  if (network.issue.length > 0) {
    const issuer = createNodetrustIssuer({
      ...{ ...network, agreed, host: node.host, trustAnchorPem, pending, clock, emit },
    })
    ways.push({ title: 'issue server', source: 'nodetrust', issuer })
  }
  const issuer = createNodeAutoTls({
    ...{ section: network.autotls, forges, resolver: network.resolver, dir, identity, node, reachability },
    ...{ pending, clock, emit, silences },
    current: () => (keeper.otherZone() === undefined ? keeper.current() : undefined),
    mayTell: (address) => announceFilter(config.announce.exclude)(address, identity.peerId),
  })
  const [firstForge, ...otherForges] = forges
  if (issuer) ways.push({ title: 'AutoTLS', source: 'autotls', forge: firstForge?.domain, issuer })
  const onlyForge = ways.length === 1 && issuer && otherForges.length === 0 ? firstForge?.domain : undefined
  const onNext = (error: Error, { forge }: NamedIssuer) => {
    const { code, message } = explainFailure(error)
    if (forge !== undefined) emit({ event: 'next-forge', from: null, to: forge, code, message })
  }
  const keeper = createCertificateKeeper({
    ...{ issuer: issuersInOrder(ways, onNext), pending, clock, log, emit, random: Math.random },
    explain: (error) => explainFailure(error, onlyForge),
    store: createCertificateStore({
      ...{ dir, peer: identity.peerId, clock, trustAnchorPem, zones: zonesOf(network) },
      anchorOf: (names) => forgeOf(forges, names, identity.peerId),
    }),
    retry: await loadRetryDate({ dir, clock, log, situation: situationOf(config) }),
    ...{ history: init.history, monotonic: init.monotonic },
    reach: createGate({ reachability, required: config.reachability.required, emit }),
    ...(init.wanted ? { wanted: init.wanted } : {}),
    ...(init.onChange ? { onChange: init.onChange } : {}),
    look: (signal) => node.look(clock.now(), signal),
    async demandPort() {
      const probe = await node.openWssProbe()
      await probe?.close()
    },
    async serve(bundle) {
      const listening = texts(await node.serve(bundle))
      const addresses = texts(node.announced()).filter((text) => text.includes('/tls/'))
      emit({ event: 'wss', addresses, listening })
      handover.give(bundle)
    },
  })
  return keeper
}

function texts(addresses: readonly Multiaddr[]): string[] {
  return addresses.map((address) => address.toString())
}
