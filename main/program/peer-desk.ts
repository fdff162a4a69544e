// The peers that a person added by hand. They stand in the settings, whole and written at once; the node's book of addresses follows, so that
// they are dialled, listed and never forgotten like whatever else is known of those peers.
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'
import { ApiError } from '../../proto/api/index.ts'
import { peerOf } from '../settings/config.ts'
import { MAX_PEERS, type SettingsStore } from '../settings/store.ts'
import { peerProblem } from './peer-problem.ts'
import { typedPeer } from './typed-peer.ts'
import type { App } from '../app.ts'

/** What it needs. */
export interface PeerDeskInit {
  readonly store: Pick<SettingsStore, 'get'>
  readonly remember: (change: { readonly peers: readonly string[] }) => Promise<void>
  readonly app: () => Pick<App, 'book' | 'connectTo' | 'disconnect' | 'facts'> | undefined
  readonly onChange: () => void
}

/** Adds and takes back what a person types; each throws ApiError for what is no address of a peer. */
export interface PeerDesk {
  /** @throws ApiError also where it is one of this node, where there are too many, and where it is to be connected to and nobody is there */
  add(address: string, options?: { readonly connect?: boolean }): Promise<void>
  /** @throws ApiError also where it was not added by hand */
  remove(address: string): Promise<void>
  /** All addresses of a peer, and the connection to it. */
  forget(peerId: string): Promise<void>
}

/** Connecting to a peer that was typed in may take this long. */
const CONNECT_TIMEOUT_MS = 15_000

/** Makes it. */
export function createPeerDesk({ store, remember, app, onChange }: PeerDeskInit): PeerDesk {
  const bookOf = () => app()?.book()
  return {
    async add(typed, { connect = true } = {}) {
      const address = typedPeer(typed)
      const running = app()
      if (!running) throw new ApiError('not-running')
      const { peers } = store.get()
      if (peerOf(multiaddr(address)) === running.facts()?.peerId) {
        throw new ApiError('bad-address', {
          detail: 'this is the address of this very node: one of another computer is meant',
        })
      }
      if (!peers.includes(address)) {
        if (peers.length >= MAX_PEERS) {
          throw new ApiError('bad-address', {
            detail: `${MAX_PEERS} addresses were added by hand already: forget one of them first`,
          })
        }
        await remember({ peers: [...peers, address] })
      }
      const parsed = multiaddr(address)
      await bookOf()?.add(peerIdFromString(peerOf(parsed) ?? ''), [parsed], { provenance: 'user' })
      if (connect) {
        await running.connectTo(address, AbortSignal.timeout(CONNECT_TIMEOUT_MS)).catch((error: unknown) => {
          throw peerProblem(error, address)
        })
      }
      onChange()
    },
    async remove(typed) {
      const address = typedPeer(typed)
      const { peers } = store.get()
      if (!peers.includes(address)) {
        throw new ApiError('bad-address', {
          detail: 'it was not added by hand: nodetrust peers show ID lists those that were',
        })
      }
      await remember({ peers: peers.filter((one) => one !== address) })
      const parsed = multiaddr(address)
      await bookOf()?.remove(peerIdFromString(peerOf(parsed) ?? ''), parsed)
      onChange()
    },
    async forget(peerId) {
      const { peers } = store.get()
      const meant = peers.filter((address) => peerOf(multiaddr(address)) === peerId)
      if (meant.length > 0) {
        await remember({ peers: peers.filter((address) => !meant.includes(address)) })
        await bookOf()?.remove(peerIdFromString(peerId))
      }
      await app()?.disconnect(peerId)
      onChange()
    },
  }
}
