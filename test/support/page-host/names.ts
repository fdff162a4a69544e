// Names by key as the page can meet them: none, one that is published, one that no relay takes, one that another computer took, and
// somebody else's behind which another key answers.
import type { NameView, VerificationData } from '../../../proto/api/index.ts'

const DAY_MS = 24 * 3_600_000

export const NPUB = 'npub1cf92uda5g2kcmqtqa43z92uvts90ladl5wmlegj75thlq856hklqh5wsmm'
export const NPUB_OF_OTHER = 'npub170u7ac9a2zclxplcem0vrfpskpg0gxkvt3lx5r4kjsxlqpnappvq64nr06'

/** Nothing of names by key was switched on. */
export const NAME_OFF: NameView = {
  ...{ state: 'off', detail: '', npub: null, names: [], imported: false, publish: false, locked: false },
  ...{ published: null, trouble: null, otherMachineAt: null, busy: false, relays: [] },
  ...{ resolver: null, proxy: null, trusted: null },
}

/** The key is loaded, and nothing is published. */
export const NAME_READY: NameView = {
  ...NAME_OFF,
  state: 'ready',
  npub: NPUB,
  names: [`${NPUB}.nostr`],
  trusted: false,
}

export const namePublished = (now: number): NameView => ({
  ...NAME_READY,
  publish: true,
  published: {
    ...{ at: now - 2 * DAY_MS, until: now + 5 * DAY_MS },
    records: [
      { type: 'A', name: '@', value: '203.0.113.7' },
      { type: 'SRV', name: '_https._tcp', value: `0 0 4430 ${NPUB}.nostr` },
    ],
    pins: ['5d7d4f8a1c0b6e2e94a37ddc40f1f9a2c7a86b1533a0b5be0cc0c8f2d0a9e417'],
  },
  relays: [
    { url: 'wss://relay-1.example.net', state: 'kept', why: null, at: now - 60_000 },
    { url: 'wss://relay-2.example.net', state: 'kept', why: null, at: now - 60_000 },
    { url: 'wss://relay-3.example.net', state: 'unreachable', why: 'no connection', at: now - 60_000 },
  ],
  resolver: { addresses: ['127.0.0.1:5354', '[::1]:5354'] },
})

export const nameUnheard = (now: number): NameView => ({
  ...namePublished(now),
  ...{ published: null, trouble: 'no-relay', resolver: null },
  relays: namePublished(now).relays.map((relay) => ({ ...relay, state: 'unreachable' })),
})

export const nameTaken = (now: number): NameView => ({
  ...namePublished(now),
  ...{ published: null, otherMachineAt: now - 60_000, imported: true, trusted: true, resolver: null },
  relays: namePublished(now).relays.map((relay) => ({ ...relay, state: 'answered' })),
})

/** Somebody in between shows a key of their own. */
export const NAME_WRONG: VerificationData = {
  ...{ name: `${NPUB_OF_OTHER}.nostr`, npub: NPUB_OF_OTHER, ok: false },
  findings: [
    {
      ...{ step: 'found', outcome: 'good', code: 'found' },
      params: { relays: 2, of: 3, signedAt: 1_794_900_000_000, at: 1_795_000_000_000 },
    },
    { step: 'address', outcome: 'good', code: 'addresses', params: { addresses: '198.51.100.24' } },
    { step: 'connected', outcome: 'good', code: 'connected', params: { where: '198.51.100.24:443' } },
    { step: 'pin', outcome: 'bad', code: 'other-key', params: { where: '198.51.100.24:443', pin: 'a1b2c3d4e5f60718' } },
    { step: 'names', outcome: 'good', code: 'named', params: {} },
    { step: 'dates', outcome: 'good', code: 'in-time', params: { until: 1_796_000_000_000 } },
  ],
}
