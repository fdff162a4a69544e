// Every cause that the page can name, with the test that brings it about in fact, or why none can. A cause that is added without a line
// here is a failure (causes.test.ts): what a page says is wrong has to be what is wrong.

/** The file of a test below `test/` and the title of one in it. */
export type Shown = readonly [file: string, title: string]

/** Brought about by a test, or the reason why by none. */
export type Cause = Shown | { readonly not: string }

const ORDERS = 'ui/specs/orders.ts'
const NEWCOMER = 'ui/specs/newcomer.ts'
const FORGE = 'ui/specs/forge.ts'
const CAUSES = 'ui/specs/causes.ts'
const SHORT = 'ui/specs/short-life.ts'
const NAME = 'naming/app.test.ts'
const PROGRAM = 'program/program.test.ts'
const ISSUER = 'main/issuer.test.ts'
const HOMES = 'reachability/namespaces.test.ts'
const DISPATCH = 'api/dispatch.test.ts'
const KEEPER = 'identity/keeper.test.ts'

const OTHER_TRY: Shown = [FORGE, 'a forge that is not there is told with its name and the next try']
const NO_NETWORK: Shown = [
  'program/no-network.test.ts',
  'without any network says so, and with one that knows no names it names the one that leads nowhere',
]

/** Where the certificate's life stands, as Home says it. */
export const LIVES: Readonly<Record<string, Cause>> = {
  starting: [CAUSES, 'who listens hears that a node which is started anew is starting, and nothing of an end'],
  'no-network': [PROGRAM, 'asks for nothing before a network is chosen, and says so'],
  idle: [ORDERS, 'an order that is cancelled is no failure, and can be begun again'],
  working: [ORDERS, 'a window that is closed during an order does not end it'],
  serving: [NEWCOMER, 'the keyboard alone leads from the question to a certificate'],
  renewing: [SHORT, 'a renewal is seen while the window is open'],
  'renewal-failed': [SHORT, 'a renewal that fails is told while the certificate is still good'],
  expired: [SHORT, 'a certificate that has expired is told, with what happens next'],
  unreachable: [FORGE, 'a broker that cannot come in is told with what keeps visitors out, and a click asks again'],
  'rate-limited': [ORDERS, 'a limit is told with the day on which it ends'],
  refused: [ORDERS, 'a network that says no is told with the way to another one'],
  offline: NO_NETWORK,
  'key-locked': ['ui/specs/locked-key.ts', 'a locked keyring is told, and all goes on once it is open'],
  failed: [ORDERS, 'an authority that is out of order is told, and tried again by a click'],
}

/** Why nobody gets in. */
export const UNREACHABLE: Readonly<Record<string, Cause>> = {
  'no-public-address': {
    not: 'servers that see a machine without a public address are in its own network, and such a network counts as a local one; the facts are set (ui/specs/posed.ts)',
  },
  'carrier-nat': [HOMES, 'hears that the provider lets many homes share one address'],
  'router-refused': [HOMES, 'hears that the router refuses'],
  'no-router-control': [HOMES, 'hears that the router takes no wishes'],
  'port-taken': [HOMES, 'hears that another program has the port'],
  firewall: [HOMES, 'hears of the firewall that turns visitors away, and when it does not any more'],
  'not-dialled': [FORGE, 'a broker that cannot come in is told with what keeps visitors out, and a click asks again'],
  offline: NO_NETWORK,
}

/** What a person is told once. */
export const NOTICES: Readonly<Record<string, Cause>> = {
  'settings-corrupt': [PROGRAM, 'corrupt settings are kept aside, the defaults are used, and the person is told'],
  'settings-unwritable': [
    'program/disk.test.ts',
    'a full disk: a setting holds for this run, the person is told, and it is kept once there is room',
  ],
  'port-moved': [PROGRAM, 'a taken TCP port is exchanged for another, and the person is told'],
  'keychain-fallback': [
    KEEPER,
    'lies in a file that only its owner may read where the keychain is ${failure}, and says so',
  ],
  'no-tray': [
    'desktop/no-tray.test.ts',
    'says so, stays among the windows when it is closed, and has an icon for each panel that comes',
  ],
  'history-lost': [PROGRAM, 'a history that cannot be read is put aside, begins anew, and the person is told'],
  'certificate-damaged': ['main/app.test.ts', 'asks for a new certificate where the stored one is torn, and says so'],
  'test-network': [
    CAUSES,
    'a server that has another key than the invitation says is called that, and another network is offered',
  ],
  'export-failed': [
    'main/handover.test.ts',
    'C a folder that cannot be written is told, and the hook is not run for old files',
  ],
  'hook-failed': [
    'cli/handover-node.test.ts',
    'C a node hands its certificate over, takes other settings by SIGHUP, and says in `status` when a hook fails',
  ],
}

/** Failures of calls and of attempts. */
export const ERRORS: Readonly<Record<string, Cause>> = {
  'bad-request': ['bridge/bridge.test.ts', 'refuses a call that is replayed'],
  'unknown-method': [DISPATCH, 'knows the methods of the contract and nothing else'],
  'too-large': ['bridge/bridge.test.ts', 'B18 a call over the bridge passes the same checks as any other'],
  'rate-limited': [DISPATCH, 'B12 refuses a method that is called too often, and lets it be called again later'],
  unauthorized: ['bridge/bridge.test.ts', 'of a WebSocket is needed, or the command line’s token'],
  forbidden: [DISPATCH, 'B15 lets a viewer look and nothing more'],
  'not-confirmed': [NEWCOMER, 'starting over needs a yes from outside the page, and leads to the first question'],
  timeout: [DISPATCH, 'gives up a handler that takes too long, and tells it'],
  unavailable: [PROGRAM, 'a network that the configuration names cannot be changed in the window'],
  internal: {
    not: 'it stands for a fault of ours that nobody knows; a handler that throws is made up (api/dispatch.test.ts)',
  },
  'not-running': { not: 'the buttons that it answers are not there while the node does not run' },
  'no-network': [PROGRAM, 'asks for nothing before a network is chosen, and says so'],
  'too-soon': [ORDERS, 'an authority that is out of order is told, and tried again by a click'],
  'invalid-invitation': [
    NEWCOMER,
    'the first start asks one question, and says beside the field what is no invitation',
  ],
  'cut-invitation': ['ui/specs/leaving.ts', 'an invitation of which the end is missing is told as that'],
  'newer-invitation': [
    'proto/invitation.test.ts',
    'what is missing and what is newer are told apart from what is none',
  ],
  'sandbox-failed': [PROGRAM, 'a sandbox that does not start is told as such, and the next try may do'],
  'key-locked': ['ui/specs/locked-key.ts', 'a locked keyring is told, and all goes on once it is open'],
  'key-missing': [KEEPER, 'a keychain that holds nothing, or another key, makes it missing'],
  'keychain-absent': [KEEPER, 'a keychain that is ${failure} makes it ${state}, and all goes on afterwards'],
  'wrong-passphrase': [PROGRAM, 'a copy of the identity moves it to another computer'],
  'weak-passphrase': [PROGRAM, 'a copy of the identity moves it to another computer'],
  'bad-backup': [PROGRAM, 'a copy of the identity moves it to another computer'],
  'other-identity': {
    not: 'only a file that another person’s node has written beside ours leads to it; the error is in identity/exported.test.ts',
  },
  'bad-address': [PROGRAM, 'a peer that was typed in stays, also when it does not answer, until it is forgotten'],
  'bad-name': [NAME, 'a text that is no name by key is told apart from a name that nobody has published'],
  'peer-silent': [
    CAUSES,
    'a peer that does not answer, and one with another key, are not taken for a missing internet',
  ],
  'peer-other-key': [
    CAUSES,
    'a peer that does not answer, and one with another key, are not taken for a missing internet',
  ],
  disk: [
    'program/disk.test.ts',
    'a full disk: a setting holds for this run, the person is told, and it is kept once there is room',
  ],
  'port-taken': [PROGRAM, 'another port is taken by starting the node anew, and a taken one is refused'],
  'folder-in-use': [PROGRAM, 'a second program on the same folder does not start, and says why'],
  'bad-configuration': [
    'autotls/settings.test.ts',
    'names the file of a trust anchor that cannot be read; a forge without one takes that of the network',
  ],
  unreachable: [FORGE, 'a broker that cannot come in is told with what keeps visitors out, and a click asks again'],
  'ca-limit': [ORDERS, 'a limit is told with the day on which it ends'],
  'ca-paused': ['acme/for-people.test.ts', 'B2 is tried again by the day, by node and broker, also after a restart'],
  refused: [ORDERS, 'a network that says no is told with the way to another one'],
  offline: NO_NETWORK,
  'other-zone': [PROGRAM, 'A10 of a server that speaks for another zone is not followed'],
  'no-proofs': [ISSUER, 'fails where no proof server can be reached, and names each with its answer'],
  'server-unreachable': [ORDERS, 'servers that do not answer are told, and nothing is lost'],
  'server-other-key': [
    CAUSES,
    'a server that has another key than the invitation says is called that, and another network is offered',
  ],
  'name-unresolved': NO_NETWORK,
  'ca-unavailable': [ORDERS, 'an authority that is out of order is told, and tried again by a click'],
  'bad-certificate': [ISSUER, 'refuses a chain for another key'],
  'wrong-clock': ['servers/issue.test.ts', 'refuses a proof that has expired'],
  cancelled: [ORDERS, 'an order that is cancelled is no failure, and can be begun again'],
  rehearsed: [
    'self-hosting/self-hosting.test.ts',
    'lead from bare machines to a network that people join, and that moves',
  ],
  failed: [ISSUER, 'ends an attempt that takes too long as a whole, although the server says that it is alive'],
  'not-by-itself': ['acme/for-people.test.ts', 'B2 a failure that waits for a person promises no other try'],
}

/** Failures at a forge, by the keys of their sentences. */
export const FORGES: Readonly<Record<string, Cause>> = {
  'broker-unavailable': OTHER_TRY,
  'broker-limit': [FORGE, 'a forge that has taken in enough is told with the day on which it goes on'],
  'broker-refused': ['broker/abuse.test.ts', 'is kept out by a denylist, also through a proxy'],
  'forge-token': [FORGE, 'a forge for members says whom to ask, and the right invitation gives a certificate'],
  'bad-broker': ['autotls/broker.test.ts', 'says yes without any proof'],
  'value-not-shown': ['autotls/flow.test.ts', 'that says yes and shows nothing costs no failed validation'],
  'not-dialled': [FORGE, 'a broker that cannot come in is told with what keeps visitors out, and a click asks again'],
  'challenge-failed': ['acme/faults.test.ts', 'at the challenge takes the TXT value away'],
  'ca-limit': [FORGE, 'a limit of the authority is told as the authority’s, not as the forge’s'],
  'ca-paused': ['acme/for-people.test.ts', 'B2 is called what it is on screen, with the page where it can be lifted'],
  'ca-terms': ['acme/for-people.test.ts', 'B13 that no page is named for are those of the directory, at every step'],
  'ca-account': [
    'acme/for-people.test.ts',
    'B13 is replaced by itself where nobody else relies on it, and not twice within a week',
  ],
  'ca-refused': ['acme/for-people.test.ts', 'B13 is not suspected where the CA refuses the names alone'],
  others: [FORGE, 'where the first forge is not there, the page says so while the next one is asked'],
}
