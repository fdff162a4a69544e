// What each method does: mostly one call of the program or of the desk. Inputs are checked before they get here, and what goes
// out is checked after.
import { join } from 'node:path'
import { ApiError, LINKS } from '../../proto/api/index.ts'
import { InvitationError, invitedHosts, invitedPeer, parseInvitation } from '../../proto/invitation.ts'
import { rootFingerprints } from '../../proto/invited-root.ts'
import type { Invitation } from '../../proto/invitation.ts'
import { whyNotPeerId } from '../../proto/peer-id-text.ts'
import { lookedUpData, verificationData } from './slices/name.ts'
import { peerView } from './slices/peers.ts'
import { toApiError } from '../program/problems.ts'
import { isForTests } from '../settings/layer.ts'
import { hasDialog } from './confirmations.ts'
import type { Input, InvitationPreview, Output, State } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Program } from '../program/program.ts'
import type { DoctorDesk } from '../doctor/desk.ts'
import type { Confirmations } from './confirmations.ts'
import type { Desk } from './desk.ts'
import type { CallContext, Handlers } from './dispatch.ts'
import type { StateHolder } from './state.ts'

/** What the handlers act on. */
export interface HandlersInit {
  readonly program: Program
  readonly desk: Desk
  readonly state: StateHolder
  readonly confirmations: Confirmations
  readonly doctor: DoctorDesk
  readonly clock: Clock
  /** Writes the diagnostics file. @returns its name in the folder `exports`, and what is in it */
  readonly writeDiagnostics: () => Promise<{ readonly fileName: string; readonly content: string }>
  readonly readLog: (input: Input<'log.read'>) => Output<'log.read'>
  /** Brings the state up to date at once, before an answer that it belongs to. */
  readonly refresh: () => void
}

/** Folders by the names that a page may use. */
const FOLDER_PATHS = { data: '.', exports: 'exports' } as const

/** Makes the handlers. */
export function createHandlers(init: HandlersInit): Handlers {
  const { program, desk, state, confirmations, clock } = init

  const done = async (work: Promise<unknown> | void): Promise<Record<never, never>> => {
    await work
    init.refresh()
    return {}
  }

  const after = async <Result>(work: Promise<Result>): Promise<Result> => {
    const result = await work
    init.refresh()
    return result
  }

  return {
    'state.get': () => state.snapshot(),

    'certificate.get'({ anyway }) {
      const attempt = program.getCertificate({ anyway: anyway === true })
      init.refresh()
      return { attempt }
    },
    'certificate.cancel': () => done(program.cancel()),
    'certificate.export'() {
      const chainPem = program.chainPem()
      if (chainPem === undefined) throw new ApiError('unavailable', { detail: 'there is no certificate in service' })
      return { chainPem }
    },

    'reachability.check'() {
      if (!program.facts().node) throw new ApiError('not-running', { retryable: true })
      return done(program.checkReachability())
    },

    'doctor.start': () => done(init.doctor.start()),
    'doctor.card': () => ({ text: init.doctor.card() }),

    'self.visit': () => done(program.visitSelf(testUrl(state.snapshot().state))),

    'network.preview': ({ invitation }) => preview(invitation),
    'network.join'({ invitation, anyway }) {
      preview(invitation)
      return after(program.join(invitation, { anyway: anyway === true }))
    },
    'network.look': ({ again }) => done(program.lookAtPublicNetwork(again === true)),
    'network.public': ({ anyway }) => after(program.joinPublicNetwork({ anyway: anyway === true })),
    async 'network.clipboard'({ clicked }) {
      if (!clicked && !program.facts().firstRun) return { invitation: null }
      return { invitation: (await port(desk.clipboardInvitation)(clicked)) ?? null }
    },
    'network.sandbox': ({ way }) => done(program.joinSandbox(way ?? 'network')),
    'network.leave': () => done(program.leave()),
    'network.invitation'() {
      const invitation = program.invitation()
      // as it is written (proto/invitation.ts): one that cannot be read must not be a failure here
      const personal = /[?&]token=/.test(invitation)
      return { invitation: personal ? '' : invitation, personal }
    },

    async 'settings.set'({ values }) {
      const typed = Object.entries(values).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value] as const],
      )
      const problems = await program.setSettings(Object.fromEntries(typed))
      init.refresh()
      return { problems: [...problems] }
    },

    'peers.show'({ peerId }) {
      const why = whyNotPeerId(peerId)
      if (why !== undefined) throw new ApiError('bad-address', { detail: why })
      const found = program.peer(peerId)
      return { peer: found ? peerView(found, program.facts().peerNames?.[peerId]) : null }
    },
    'peers.record'({ peerId }) {
      const why = whyNotPeerId(peerId)
      if (why !== undefined) throw new ApiError('bad-address', { detail: why })
      const record = program.signedRecord(peerId)
      return { record: record === undefined ? null : Buffer.from(record).toString('base64') }
    },
    'peers.add': ({ address, connect }) => done(program.addPeer(address, { connect: connect !== false })),
    'peers.remove': ({ address }) => done(program.removePeer(address)),
    'peers.dial': ({ peerId, policy }) => program.dialPeer(peerId, policy),
    'peers.forget': ({ peerId }) => done(program.forgetPeer(peerId)),
    'peers.name': ({ peerId, name }) => done(program.namePeer(peerId, name)),

    'name.wake': () => done(program.name.wake()),
    'name.publish': (_input, { signal }) => done(program.name.publish(signal)),
    'name.withdraw': (_input, { signal }) => done(program.name.withdraw(signal)),
    'name.import': ({ nsec }, { signal }) => done(program.name.importKey(nsec, signal)),
    'name.certificate': async () => ({ certPem: await program.name.certificatePem() }),
    'name.look': async ({ name, fresh }, { signal }) =>
      lookedUpData(await program.name.look(name, { fresh: fresh === true, signal })),
    'name.verify': async ({ name }, { signal }) => verificationData(await program.name.verify(name, signal)),
    async 'name.resolver'({ on }) {
      return { addresses: [...(await after(program.name.setResolver(on)))] }
    },
    async 'name.open'({ name }) {
      const opened = await after(program.name.open(name))
      return { ...opened }
    },
    async 'name.trust'({ on }) {
      const { certPem, places } = await after(program.name.trust(on))
      return { certPem, places: places.slice(0, 20) }
    },

    'identity.unlock': ({ passphrase }) => done(program.unlock(passphrase)),
    'identity.protect': ({ passphrase }) => done(program.protect(passphrase)),
    async 'identity.export'({ passphrase }) {
      const fileName = await program.exportIdentity(passphrase)
      init.refresh()
      return { fileName, folder: 'exports' }
    },
    'identity.import': ({ backup, passphrase }) => done(program.importIdentity(readBase64(backup), passphrase)),

    'confirmation.request': ({ action }, context) => requestCode(action, context),
    'confirmation.show': () => ({ pending: confirmations.shown() ?? null }),

    async 'diagnostics.export'() {
      return { ...(await init.writeDiagnostics()), folder: 'exports' }
    },
    'log.read': (input) => init.readLog(input),
    'notice.dismiss': ({ id }) => done(program.dismissNotice(id)),

    'link.open': ({ id }) =>
      done(port(desk.openLink)(id === 'test-page' ? testUrl(state.snapshot().state) : LINKS[id])),
    'folder.open': ({ name }) => done(port(desk.openFolder)(join(program.dir, FOLDER_PATHS[name]))),
    'bridge.open': () => done(port(desk.openBridge)()),
    'bridge.link'({ role }) {
      const link = port(desk.bridgeLink)(role)
      if (!link) throw new ApiError('unavailable', { detail: 'the page for browsers is switched off' })
      return { ...link }
    },
    'update.install': () => done(port(desk.installUpdate)()),

    'app.reset': ({ identity }) => done(program.reset({ identity })),
    'app.retry': () => done(program.retry()),
    'app.quit': () => done(desk.quit()),
  }

  async function requestCode(
    action: Parameters<Confirmations['issue']>[0],
    { caller, signal }: CallContext,
  ): Promise<Output<'confirmation.request'>> {
    const dialog = hasDialog(caller.kind)
    if (dialog) {
      const answer = await port(desk.confirm)(action)
      // whoever answered after the call was given up has confirmed nothing
      if (answer === 'refused' || signal.aborted) throw new ApiError('not-confirmed', { detail: 'the person said no' })
    }
    const made = confirmations.issue(action, caller.kind)
    if (!made) {
      throw new ApiError('rate-limited', { retryable: true, detail: 'too many wrong codes: wait ten minutes' })
    }
    if (!dialog) desk.showCode?.(made)
    return { code: dialog ? made.code : null, until: Math.max(made.until, clock.now()) }
  }
}

/** @throws ApiError 'unavailable' where the host has no such thing */
function port<Port>(given: Port | undefined): Port {
  if (given === undefined) throw new ApiError('unavailable', { detail: 'this can only be done in the desktop app' })
  return given
}

/** Everything that the link decides, so that a person agrees to nothing unseen. */
function previewOf(invitation: Invitation): InvitationPreview {
  const { name, zone, issue, broker, directory, token, resolver, rootPem } = invitation
  return {
    ...{ name, zone, hosts: invitedHosts(invitation), issuePeer: invitedPeer(invitation) },
    ...(broker === undefined
      ? { addresses: issue.map((address) => address.replace(/\/p2p\/[^/]*$/, '')) }
      : { broker, token: token !== undefined }),
    ...(directory === undefined ? {} : { directory }),
    ...(resolver === undefined ? {} : { resolver }),
    ...(rootPem === undefined ? {} : { roots: rootFingerprints(rootPem) }),
    test: isForTests(invitation),
  }
}

/** @throws ApiError */
function preview(text: string): InvitationPreview {
  try {
    return previewOf(parseInvitation(text))
  } catch (error) {
    throw error instanceof InvitationError ? toApiError(error) : error
  }
}

function testUrl({ addresses }: State): string {
  if (addresses.testUrl === null) throw new ApiError('unavailable', { detail: 'no address with a certificate yet' })
  return addresses.testUrl
}

/** @throws ApiError; Buffer.from would skip what is no base64 */
function readBase64(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw new ApiError('bad-backup', { detail: 'the file is no base64' })
  }
  return Buffer.from(text, 'base64')
}
