// What tests of the API share: a log that can be looked at, an input for every method that is right, callers.
import { formatInvitation } from '../../proto/invitation.ts'
import type { Input, MethodName } from '../../proto/api/index.ts'
import type { Log } from '../../core/log.ts'
import type { Caller } from '../../main/api/dispatch.ts'

export const WINDOW: Caller = { kind: 'ipc', role: 'owner' }
export const OWNER_PAGE: Caller = { kind: 'bridge', role: 'owner' }
export const VIEWER_PAGE: Caller = { kind: 'bridge', role: 'viewer' }
export const CLI: Caller = { kind: 'cli', role: 'owner' }

export const INVITATION = formatInvitation({
  ...{ zone: 'nt.example.net', name: 'Friends' },
  issue: ['/dns4/issue.example.net/tcp/4431/p2p/12D3KooWQ47m7UQBocKrCSpk7GWNbBzBorhXUTgz7suUxnYur3xU'],
})

/** An input for each method that passes its schema. */
export const GOOD_INPUTS: { readonly [Name in MethodName]: Input<Name> } = {
  'state.get': {},
  'certificate.get': {},
  'certificate.cancel': {},
  'certificate.export': {},
  'reachability.check': {},
  'doctor.start': {},
  'doctor.card': {},
  'network.preview': { invitation: INVITATION },
  'network.join': { invitation: INVITATION },
  'network.look': {},
  'network.public': {},
  'network.clipboard': { clicked: true },
  'network.sandbox': {},
  'network.leave': {},
  'network.invitation': {},
  'settings.set': { values: { theme: 'dark' } },
  'peers.add': { address: '/ip4/127.0.0.1/tcp/1/p2p/x' },
  'peers.show': { peerId: '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN' },
  'peers.record': { peerId: '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN' },
  'peers.remove': { address: '/ip4/127.0.0.1/tcp/1/p2p/x' },
  'peers.forget': { peerId: 'x' },
  'peers.name': { peerId: 'x', name: 'Attic' },
  'peers.dial': { peerId: 'x' },
  'name.wake': {},
  'name.publish': {},
  'name.withdraw': {},
  'name.import': { nsec: '' },
  'name.certificate': {},
  'name.look': { name: 'x' },
  'name.verify': { name: 'x' },
  'name.resolver': { on: true },
  'name.open': { name: 'x' },
  'name.trust': { on: true },
  'identity.unlock': { passphrase: 'a passphrase' },
  'identity.protect': { passphrase: 'a passphrase' },
  'identity.export': { passphrase: 'a passphrase', confirmation: '123456' },
  'identity.import': { backup: 'QUJD', passphrase: 'a passphrase', confirmation: '123456' },
  'confirmation.request': { action: 'reset' },
  'confirmation.show': {},
  'diagnostics.export': {},
  'log.read': {},
  'notice.dismiss': { id: 'x' },
  'link.open': { id: 'help' },
  'folder.open': { name: 'data' },
  'bridge.open': {},
  'bridge.link': { role: 'viewer' },
  'update.install': {},
  'app.reset': { identity: false, confirmation: '123456' },
  'app.retry': {},
  'self.visit': {},
  'app.quit': {},
}

/** A log whose lines can be looked at. */
export function listeningLog(): Log & { readonly lines: string[] } {
  const lines: string[] = []
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push(JSON.stringify({ level, ...fields, message }))
  return {
    ...{ lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    child() {
      return this
    },
  }
}
