// Each fault that we found in a library and live with: what it is, and the file of ours that is the way around it. docs/upstream.md says
// the same to people, and each has a function that shows it in peer-records.ts or streams.ts.

/** A fault. */
export interface Fault {
  readonly id: string
  readonly package: string
  /** Which file of ours is the way around it; undefined where there is none. */
  readonly workAround: string | undefined
}

const BOOK = 'main/peers/book/book.ts'
const WRITER = 'main/peers/book/peer-store-writer.ts'
const RECORD = 'core/records/peer-record.ts'
const PATCHES = 'scripts/patches/list.ts'
const KEYS = 'core/records/signer-key.ts'

const all = (name: string, faults: Readonly<Record<string, string | undefined>>): readonly Fault[] =>
  Object.entries(faults).map(([id, workAround]) => ({ id, package: name, workAround }))

/** All of them. */
export const FAULTS: readonly Fault[] = [
  ...all('@libp2p/peer-store', {
    race: BOOK,
    age: 'core/host.ts',
    'merge-certified': WRITER,
    duplicates: WRITER,
    'payload-type': RECORD,
    'certified-claim': WRITER,
    'own-record': BOOK,
    'seq-unit': 'main/peers/own-record.ts',
    forgotten: BOOK,
    'scrap-envelope': WRITER,
    'foreign-address': RECORD,
    size: RECORD,
    errors: RECORD,
    'seq-last': RECORD,
  }),
  ...all('@libp2p/peer-record', { 'one-address': RECORD }),
  ...all('@libp2p/identify', {
    'identify-unsigned': WRITER,
    'own-envelope': 'main/peers/own-record.ts',
    'push-record': PATCHES,
    'broken-record': undefined,
    'identify-addresses': PATCHES,
  }),
  ...all('@libp2p/crypto, @libp2p/peer-id', { ecdsa: KEYS, 'ecdsa-of-others': KEYS }),
  ...all('@libp2p/utils', {
    'length-prefix': PATCHES,
    'unread-bytes': PATCHES,
    'on-drain': PATCHES,
    'pause-again': PATCHES,
  }),
  ...all('@multiformats/multiaddr', { 'peer-id-length': PATCHES }),
  ...all('@libp2p/websockets', {
    'websocket-dial': 'core/net/secure-websockets.ts',
    'listener-close': 'core/net/guarded-listeners.ts',
    'second-certificate': 'main/node/tls-certificate.ts',
    'wrong-certificate': 'main/node/tls-certificate.ts',
  }),
  ...all('Node.js', {
    'legacy-certificate': 'core/net/peer-certificates.ts',
    'certificate-once': 'core/net/peer-certificates.ts',
  }),
  ...all('libp2p', { 'stop-timers': 'core/net/quick-stop.ts' }),
  ...all('@ipshipyard/libp2p-auto-tls', { 'autotls-renewal': 'main/issuers/autotls/flow.ts' }),
]
