// The vectors that concern the client of a forge, as they were recorded from other implementations and the specification.
import { readFileSync } from 'node:fs'

interface Vectors {
  readonly peerIdToLabel: readonly { readonly peerId: string; readonly base36Cid: string }[]
  readonly ipLabelEncode: readonly {
    readonly multiaddr?: string
    readonly ip?: string
    readonly label: string | null
  }[]
  readonly forgeMultiaddrs: readonly {
    readonly peerId: string
    readonly forgeDomain: string
    readonly listen?: string
    readonly long?: string
    readonly short: string
  }[]
  readonly addressFactory: readonly {
    readonly name: string
    readonly in: readonly string[]
    readonly out: readonly string[]
    readonly unreachable: readonly string[]
    readonly forgeDomain: string
    readonly shortAddrs: boolean
  }[]
  readonly publicAddr: readonly { readonly multiaddr: string; readonly public: boolean }[]
  readonly publicAddrRanges: {
    readonly notPublicV4: readonly string[]
    readonly nat64ExcludedByForgeClient: readonly string[]
  }
  readonly jsSupportedAddressFilter: {
    readonly acceptedSuffixes: readonly string[]
    readonly rejected: readonly string[]
    readonly rejectedRelay: string
  }
  readonly brokerHealth: {
    readonly path: string
    readonly unhealthyStatuses: readonly number[]
    readonly retryAfter: readonly { readonly in: string; readonly ms: number }[]
    readonly nextCheckDelayMs: readonly { readonly retryAfterMs: number; readonly delay: number }[]
    readonly probeTimeoutMs: number
  }
  readonly registrationErrors: readonly {
    readonly when: string
    readonly status: number
    readonly body?: string
    readonly bodyPrefix?: string
    readonly bodyPattern?: string
  }[]
  readonly acme: {
    readonly accountJwk: Readonly<Record<string, string>>
    readonly thumbprint: string
    readonly token: string
    readonly dns01Value: string
    readonly csrB64url: string
    readonly registrationBody: { readonly value: string; readonly addresses: readonly string[] }
    readonly addressesBeforeFilter: readonly string[]
  }
  readonly peerIdAuth: {
    readonly keys: Readonly<
      Record<
        'clientPrivPbHex' | 'clientPubPbHex' | 'serverPubPbB64url' | 'hostname' | 'challengeClient' | 'challengeServer',
        string
      >
    >
    readonly clientInitiated: readonly RecordedHeader[]
    readonly serverInitiated: readonly RecordedHeader[]
  }
}

interface RecordedHeader {
  readonly status?: number
  readonly value?: string
  readonly valuePrinted?: string
  readonly valueDerived?: string
}

const PATH = new URL('../fixtures/autotls/client.json', import.meta.url)

export const VECTORS = JSON.parse(readFileSync(PATH, 'utf8')) as Vectors
