// Everything in servers/, core/, proto/ and main/ that can grow: what bounds it, and the test that fills it. `growing.test.ts` compares this
// list with the source, so that whoever adds a map, a set, a table or a file that is appended to has to think of it here.

/** What bounds one thing. */
export type Bound =
  /** It is filled by a test, past its bound. */
  | { readonly what: string; readonly bound: string; readonly filledBy: readonly [file: string, title: string] }
  /** It lives for one call, whose input is bounded as said. */
  | { readonly what: string; readonly call: string }
  /** No stranger reaches it. */
  | { readonly what: string; readonly ours: string }

const LEDGER = 'test/servers/bounds.test.ts'
const PLACES = [
  'test/core/places.test.ts',
  'the limits hold, the numbers fit who is here, and who comes from a network without a place gets one',
] as const
const NAMES = [
  'test/naming/lookup.test.ts',
  'A7 remembers a thousand names and a thousand that are none, and the second put out none of the first',
] as const
const RATE = ['test/servers/order-limits.test.ts', 'A7 are counted for so many networks and no more'] as const
const FAIR = ['test/peers/budgets.test.ts', 'A8 keeps what was there first, whoever brings how much later'] as const
const NEIGHBOURS = ['test/peers/budgets.test.ts', 'A8 is remembered among four thousand at most'] as const
const DOOR = ['test/net/door.test.ts', 'remembers as many as have a place, and nothing of who has gone'] as const
const DIALS = [
  'test/main/bounds.test.ts',
  'A7 lets a hundred peers wait to be dialled, and remembers a thousand that failed',
] as const
const BOOK = [
  'test/peers/address-book.test.ts',
  'A8 nobody that it knew for fifteen hundred that are made up, whoever brings them',
] as const
const BOOK_FILE = [
  'test/peers/book-file.test.ts',
  'A8 holds so many peers and numbers, shared fairly, and none that is kept goes',
] as const
const BRIDGE_ROOM = [
  'test/main/bounds.test.ts',
  'A7 has room for twenty links and sixty-four pages, the newest',
] as const
const BRIDGE_SOCKETS = [
  'test/bridge/bridge.test.ts',
  'of connections hold: 16 for each token, and others are not kept out',
] as const
const MEETINGS = ['test/exchange/exchange.test.ts', 'remember a thousand of each other'] as const
const SANDBOX_CA = 'the embedded CA listens on loopback and is for the sandbox and tests'

const SEEN = [
  'test/nostr/newest.test.ts',
  'is kept of five thousand places, forty of a name: the names that were seen last, and those that are kept',
] as const

const RELAY_STORE = [
  'test/nostr/relay.test.ts',
  'is bounded by author, by network and in all: the oldest of who has brought most goes',
] as const

const LAN_ASKERS = [
  'test/naming/lan.test.ts',
  'is told to everybody once a second, and to one asker so often and no more, whoever else asks',
] as const

const RELAY_UNREAD = [
  'test/nostr/relay.test.ts',
  'holds eight megabytes that a network leaves unread, and sixty-four of all',
] as const

/** By file; as many entries as there are empty maps and sets made in it. */
export const GROWING: Readonly<Record<string, readonly Bound[]>> = {
  'core/acme/gate.ts': [
    {
      what: 'line',
      ours: 'orders that wait at the CA: as many as the line of orders lets run (turns.ts), or one of a node',
    },
  ],
  'core/config.ts': [
    { what: 'keys', ours: 'the configuration' },
    { what: 'origins', ours: 'the configuration' },
  ],
  'core/counted-log.ts': [
    {
      what: 'counted',
      bound: 'MAX_MESSAGES',
      filledBy: [
        'test/core/counted-log.test.ts',
        'keeps no more messages than there is room for, should one be made of what a stranger sent',
      ],
    },
    {
      what: 'networks of a message',
      bound: 'MAX_TOLD_APART, for a minute',
      filledBy: ['test/core/counted-log.test.ts', 'has no room for much that a stranger sent, at any depth'],
    },
    {
      what: 'peers of a message',
      bound: 'MAX_TOLD_APART, for a minute',
      filledBy: ['test/core/counted-log.test.ts', 'has no room for much that a stranger sent, at any depth'],
    },
  ],
  'core/discovery/fair-map.ts': [
    { what: 'all', bound: 'limit', filledBy: FAIR },
    { what: 'networks', bound: 'not more than entries', filledBy: FAIR },
    { what: 'neighbours of a network', bound: 'not more than entries', filledBy: FAIR },
    { what: 'keys of a neighbour', bound: 'not more than entries', filledBy: FAIR },
  ],
  'core/discovery/gate.ts': [
    {
      what: 'known',
      bound: 'MAX_KNOWN_MESSAGES, the oldest goes',
      filledBy: ['test/peers/gate.test.ts', 'A8 knows eight thousand messages byte by byte, the newest'],
    },
  ],
  'core/discovery/neighbours.ts': [
    { what: 'entries', bound: 'limits.remembered', filledBy: NEIGHBOURS },
    { what: 'networks', bound: 'limits.remembered', filledBy: NEIGHBOURS },
  ],
  'core/discovery/newcomers.ts': [
    { what: 'newcomers', ours: 'connected peers, MAX_NEWCOMERS of them, for three heartbeats' },
  ],
  'core/dns/ask.ts': [
    { what: 'known', ours: 'DNS servers that we are told to ask, and those of the zones of our forges' },
  ],
  'core/dns/tcp.ts': [
    {
      what: 'connections',
      bound: 'the places of the listener',
      filledBy: [
        'test/dns/tcp-places.test.ts',
        'A4 one network has as many places as it may, whatever it does, and loses its own for more',
      ],
    },
  ],
  'core/exchange/budget.ts': [
    {
      what: 'networks',
      bound: 'MAX_NETWORKS, the oldest goes',
      filledBy: ['test/exchange/exchange.test.ts', 'is remembered among four thousand networks at most'],
    },
  ],
  'core/exchange/meet.ts': [
    { what: 'speakers', bound: 'MAX_SPEAKERS', filledBy: MEETINGS },
    { what: 'metAt', bound: 'MAX_MET, the oldest goes', filledBy: MEETINGS },
    { what: 'silentAt', bound: 'MAX_SILENT, the oldest goes', filledBy: MEETINGS },
    { what: 'runningOf', call: 'the networks of MAX_AT_ONCE peers' },
    { what: 'waiting', bound: 'MAX_WAITING', filledBy: MEETINGS },
  ],
  'core/fair-rate.ts': [
    {
      what: '#used',
      bound: 'MAX_NETWORKS, who was longest quiet goes',
      filledBy: ['test/net/protocol-rates.test.ts', 'is counted of so many networks and no more'],
    },
  ],
  'core/net/dial-limits.ts': [
    {
      what: 'targets',
      bound: 'MAX_TARGETS, the oldest goes',
      filledBy: ['test/core/dial-limits.test.ts', 'remember so many networks and no more'],
    },
  ],
  'core/net/dial-guard.ts': [
    {
      what: 'trusted',
      bound: 'MAX_TRUSTED, the oldest goes',
      filledBy: [
        'test/net/dial-guard.test.ts',
        'may be anything for two thousand addresses that a person chose, and no more',
      ],
    },
  ],
  'core/net/door.ts': [
    { what: 'inside', bound: 'the places of the listener', filledBy: DOOR },
    { what: 'sockets', bound: 'the places of the listener', filledBy: DOOR },
    {
      what: 'counts',
      bound: 'MAX_COUNTED, and after each second it is emptied',
      filledBy: ['test/net/door.test.ts', 'counts so many networks in a second and no more'],
    },
  ],
  'core/net/peer-store-bounds.ts': [
    {
      what: 'gone',
      bound: 'MAX_GONE_PEERS, the oldest goes',
      filledBy: [
        'test/net/peer-store-bounds.test.ts',
        'A8 forgets what peers said of themselves that came with a new key each time, and keeps whom somebody needs',
      ],
    },
  ],
  'core/net/places.ts': [
    { what: 'waiting', bound: 'places', filledBy: PLACES },
    { what: 'pending of a machine', bound: 'places', filledBy: PLACES },
    { what: 'settled of a machine', bound: 'places', filledBy: PLACES },
    { what: 'all of a ranking', bound: 'places: nothing is kept of who has none', filledBy: PLACES },
    { what: 'of one size in a ranking', bound: 'places', filledBy: PLACES },
    { what: 'machines of a network', bound: 'places', filledBy: PLACES },
    { what: 'networks', bound: 'places', filledBy: PLACES },
  ],
  'core/net/side-by-side.ts': [{ what: 'running', call: 'the addresses that were given to it, so many at once' }],
  'core/net/sign-of-life.ts': [{ what: 'known', call: 'servers of our own configuration' }],
  'core/records/signer-key.ts': [
    {
      what: 'remembered',
      bound: 'REMEMBERED_KEYS',
      filledBy: ['test/records/envelope.test.ts', 'is remembered while no 256 others were used, and no longer'],
    },
  ],
  'core/x509/platform-roots.ts': [{ what: 'judged', ours: 'chains of our own CAs, REMEMBERED_CHAINS of them' }],
  'main/api/confirmations.ts': [{ what: 'waiting', ours: 'one code for each kind of caller' }],
  'main/api/rate-limits.ts': [{ what: 'buckets', ours: 'roles and methods of the contract' }],
  'main/api/state.ts': [
    { what: 'listeners', ours: 'windows and pages of whoever has a token, MAX_SOCKETS_PER_TOKEN each' },
  ],
  'main/bridge/page-files.ts': [{ what: 'files', ours: 'the files of the page' }],
  'main/bridge/sockets.ts': [
    { what: 'counts', bound: 'one for each session, MAX_SESSIONS', filledBy: BRIDGE_SOCKETS },
    { what: 'alive', bound: 'connections of the bridge, MAX_SOCKETS_PER_TOKEN of a session', filledBy: BRIDGE_SOCKETS },
  ],
  'main/bridge/tokens.ts': [
    { what: 'sessions', bound: 'MAX_SESSIONS, the oldest goes', filledBy: BRIDGE_ROOM },
    { what: 'codes', bound: 'MAX_CODES, the oldest goes', filledBy: BRIDGE_ROOM },
  ],
  'main/certificates/schedule.ts': [
    { what: 'triggers', ours: 'four words' },
    { what: 'no triggers', call: 'it stays empty' },
  ],
  'main/doctor/doctor.ts': [{ what: 'findings', ours: 'checks of ours' }],
  'main/cli/commands/certificate.ts': [{ what: 'told', call: 'what the person who runs it is told' }],
  'main/cli/watch.ts': [{ what: 'known', call: 'the facts of one look; those of the next take their place' }],
  'main/events.ts': [{ what: 'listeners', ours: 'parts of the program' }],
  'main/identity/places.ts': [{ what: 'keychains', ours: 'folders of this program' }],
  'main/issuers/autotls/cookies.ts': [
    {
      what: 'cookies',
      bound: 'MAX_COOKIES',
      filledBy: ['test/autotls/broker.test.ts', 'takes nothing that is no cookie, and only so many'],
    },
  ],
  'main/issuers/autotls/silence.ts': [{ what: 'askedAt', ours: 'one for each forge of the configuration' }],
  'main/issuers/autotls/policy.ts': [{ what: 'limits', ours: 'the forges of the configuration' }],
  'main/issuers/autotls/steps.ts': [{ what: 'began', ours: 'steps of ours' }],
  'main/issuers/nodetrust/proofs.ts': [{ what: 'seen', call: 'the proofs of our own proof servers' }],
  'main/node/node-host.ts': [
    { what: 'verified', ours: 'what we dialled and found a certificate at that is trusted, MAX_VERIFIED of them' },
  ],
  'main/node/tls-certificate.ts': [{ what: 'servers', ours: 'our own listeners' }],
  'main/peers/book/at-hand.ts': [{ what: 'peers', bound: 'MAX_AT_HAND', filledBy: BOOK }],
  'main/peers/book/book.ts': [{ what: 'seen', call: 'the peers at hand' }],
  'main/peers/book/peer-store-writer.ts': [{ what: 'written', bound: 'peers at hand', filledBy: BOOK }],
  'main/peers/book/trusted.ts': [{ what: 'opened', ours: 'records that were verified, REMEMBERED of them' }],
  'main/peers/book/watchers.ts': [{ what: 'listeners', ours: 'rooms of the node that look at the book' }],
  'main/peers/book/write-behind.ts': [{ what: 'waiting', bound: 'MAX_WAITING', filledBy: BOOK }],
  'main/peers/connect.ts': [
    { what: 'failures', bound: 'MAX_FAILURES, the oldest goes', filledBy: DIALS },
    { what: 'waiting', bound: 'MAX_WAITING', filledBy: DIALS },
    {
      what: 'running',
      bound: 'MAX_AT_ONCE',
      filledBy: ['test/main/connect.test.ts', 'waits while four others are dialled'],
    },
  ],
  'main/peers/dht/peer-store.ts': [
    { what: 'metadata of a peer', call: 'it stays empty' },
    { what: 'tags of a peer', call: 'it stays empty' },
  ],
  'main/peers/dht/reach.ts': [
    {
      what: 'dialled',
      bound: 'MAX_DIALLED, the oldest is closed',
      filledBy: ['test/peers/dht.test.ts', 'closes connections that were made for walks, but for thirty-two'],
    },
  ],
  'main/peers/dial/race.ts': [
    { what: 'tried', call: 'MOST_ADDRESSES, or as many as were asked for' },
    { what: 'running', call: 'AT_ONCE' },
  ],
  'main/peers/dial/shared.ts': [
    {
      what: 'running',
      bound: 'MOST_DIALS, each with AT_ONCE attempts',
      filledBy: ['test/peers/dialler.test.ts', 'A7 is refused while two hundred are under way'],
    },
  ],
  'main/peers/discovery.ts': [{ what: 'groups', ours: 'meeting points of the configuration' }],
  'main/peers/own-record.ts': [{ what: 'listeners', ours: 'rooms of the node that pass our record on' }],
  'main/peers/peer-list.ts': [
    {
      what: 'pings',
      bound: 'MAX_PINGS, the oldest goes',
      filledBy: ['test/main/bounds.test.ts', 'A7 remembers what five hundred peers answered, the newest'],
    },
  ],
  'main/program/create.ts': [{ what: 'listeners', ours: 'parts of the program' }],
  'main/reachability/answering-peers.ts': [
    { what: 'oneOfEach', call: 'MAX_REMEMBERED connections' }, // which are in a fair map
  ],
  'main/reachability/dial-back.ts': [{ what: 'waiting', ours: 'questions of our own that are under way' }],
  'main/reachability/reachability.ts': [{ what: 'listeners', ours: 'parts of the program' }],
  'main/reachability/router/port-mapper.ts': [{ what: 'held', ours: 'our own ports' }],
  'main/reachability/router/upnp-text.ts': [{ what: 'found', call: 'MAX_DESCRIBED services of one description' }],
  'main/reachability/router/upnp.ts': [{ what: 'found', call: 'MAX_LOCATIONS of one search' }],
  'main/reachability/seen-as.ts': [
    {
      what: 'heard',
      bound: 'connections that are open',
      filledBy: [
        'test/main/bounds.test.ts',
        'A7 remembers how it is seen over no connection that has closed, whenever it was told of',
      ],
    },
    { what: 'waiting', ours: 'questions of our own that are under way' },
  ],
  'main/shell/electron.ts': [
    { what: 'windows', ours: 'windows of the app' },
    { what: 'notes', ours: 'kinds of notices' },
  ],
  'main/shell/page-handler.ts': [{ what: 'files', ours: 'the files of the page' }],
  'proto/invitation.ts': [{ what: 'meant', call: 'one text of bounded length' }],
  'proto/peer-id-auth-signed.ts': [{ what: 'found', call: 'one header of bounded length' }],
  'servers/admin/live.ts': [
    {
      what: 'windows',
      bound: 'MAX_WINDOWS',
      filledBy: ['test/servers/operator-page.test.ts', 'go to so many windows, and who leaves makes room'],
    },
  ],
  'servers/admin/figures.ts': [
    {
      what: 'counted',
      bound: 'labels are words of ours: kinds of agents, statuses, names of lists',
      filledBy: [LEDGER, 'A7 figures have as many labels as we have words, whatever clients call themselves'],
    },
    {
      what: 'labels of one name',
      bound: 'as above',
      filledBy: [LEDGER, 'A7 figures have as many labels as we have words, whatever clients call themselves'],
    },
    { what: 'byName', call: 'figures of the roles' },
  ],
  'servers/broker/addresses.ts': [
    { what: 'ips', call: 'the addresses of one registration, cut' },
    { what: 'candidates', call: 'the addresses of one registration, cut' },
    { what: 'kinds', call: 'the addresses of one registration, cut' },
  ],
  'servers/broker/body.ts': [{ what: 'fields', call: 'one body of bounded length' }],
  'main/naming/mdns/lan-rates.ts': [
    { what: 'toldAt', ours: 'the few records of this name' },
    { what: 'askers', bound: 'MAX_ASKERS', filledBy: LAN_ASKERS },
  ],
  'main/naming/mdns/lan-name.ts': [{ what: 'open', ours: 'the interfaces of this machine' }],
  'main/naming/proxy/proxy.ts': [{ what: 'tunnels', ours: 'MAX_CONNECTIONS of programs on this computer' }],
  'core/nostr/name-events.ts': [{ what: 'newest', call: 'the events of one question, MAX_VERIFIED for each relay' }],
  'main/naming/browser-trust/authority.ts': [
    { what: 'leaves', ours: 'MAX_LEAVES names that this person’s browser has opened, the newest' },
  ],
  'main/naming/lookup.ts': [
    { what: 'known', bound: 'MAX_KNOWN names, the newest', filledBy: NAMES },
    { what: 'nothing', bound: 'MAX_NOTHING names, the newest', filledBy: NAMES },
    {
      what: 'running',
      bound: 'questions under way, of which a fixed rate is begun and each ends in seconds',
      filledBy: [
        'test/naming/lookup.test.ts',
        'of made-up names costs relays a fixed rate, and takes nothing from a name that is known',
      ],
    },
  ],
  'core/nostr/newest.ts': [
    { what: 'names', bound: 'MAX_PLACES in all', filledBy: SEEN },
    { what: 'kept', ours: 'MAX_KEPT: the names of this machine' },
    { what: 'places of a name', bound: 'MAX_OF_NAME, the newest', filledBy: SEEN },
  ],
  'core/nostr/relays.ts': [
    { what: 'byUrl', call: 'the relays that are given: a list of ours and MAX_NAMED of others' },
    { what: 'byText', call: 'MAX_VERIFIED events of MAX_RELAYS relays' },
  ],
  'servers/callers.ts': [{ what: 'ips', call: 'three addresses' }],
  'servers/broker/http.ts': [
    { what: 'hosts', ours: 'two spellings of our own name' },
    {
      what: 'answering',
      bound: 'requests under way: maxRequestsPerSocket for each connection, which a client may send without waiting',
      filledBy: [
        'test/broker/connections.test.ts',
        'A3 has so many connections at once and no more, and those that wait longest give way',
      ],
    },
  ],
  'core/lanes.ts': [{ what: 'ends', call: 'requests under way, one for each connection; what is over is forgotten' }],
  'servers/broker/under-way.ts': [
    { what: 'counts', call: 'requests under way, one for each connection; what is over is forgotten' },
  ],
  'servers/ca/accounts.ts': [
    { what: 'byId', ours: SANDBOX_CA },
    { what: 'byThumbprint', ours: SANDBOX_CA },
  ],
  'servers/ca/certificates.ts': [
    { what: 'bySerial', ours: SANDBOX_CA },
    { what: 'byId', ours: SANDBOX_CA },
    { what: 'lastBySet', ours: SANDBOX_CA },
  ],
  'servers/ca/limits.ts': [{ what: 'buckets', ours: SANDBOX_CA }],
  'servers/ca/nonces.ts': [{ what: 'known', ours: SANDBOX_CA }],
  'servers/ca/orders.ts': [
    { what: 'orders', ours: SANDBOX_CA },
    { what: 'authorizations', ours: SANDBOX_CA },
  ],
  'core/commands/read.ts': [
    { what: 'switches', ours: 'the command line' },
    { what: 'values', ours: 'the command line' },
  ],
  'servers/cli/init/files.ts': [{ what: 'peers', ours: 'the roles' }],
  'servers/cli/serve.ts': [{ what: 'facts', ours: 'the roles' }],
  'servers/dns/caa-issuers.ts': [
    {
      what: 'told',
      bound: 'two kinds of names',
      filledBy: [
        'test/dns/caa.test.ts',
        'A9 are refused in another form, for another kind, or when there are too many',
      ],
    },
    {
      what: 'records',
      bound: 'two kinds of names',
      filledBy: [
        'test/dns/caa.test.ts',
        'A9 are refused in another form, for another kind, or when there are too many',
      ],
    },
    { what: 'writers of a kind', ours: 'dns.admins, MAX_VALUES each' },
  ],
  'servers/dns/caa-pins.ts': [
    {
      what: 'byName',
      bound: 'MAX_PINS',
      filledBy: [LEDGER, 'A7 accounts of peers have fifty thousand places in the DNS'],
    },
  ],
  'servers/dns/challenges.ts': [
    {
      what: 'byHash',
      bound: 'MAX_NAMES, and eight values each',
      filledBy: ['test/dns/challenges.test.ts', 'refuses more names than it may hold until one has gone'],
    },
  ],
  'servers/dns/client.ts': [
    { what: 'told', ours: 'values of our own orders, MAX_TOLD of them' },
    { what: 'links', ours: 'the DNS servers of the configuration' },
  ],
  'servers/dns/in-step.ts': [
    { what: 'sessions of a writer', ours: 'dns.admins' },
    { what: 'sessions of a new writer', ours: 'dns.admins' },
  ],
  'servers/dns/role.ts': [{ what: 'denied', ours: 'one number for each denylist' }],
  'servers/doctor/parent.ts': [{ what: 'glue', call: 'the records of one reply' }],
  'servers/issue/acme.ts': [{ what: 'no profiles', call: 'it stays empty' }],
  'servers/issue/orders.ts': [
    {
      what: 'jobs',
      bound: 'one for each peer with a conversation: queue.atOnce and queue.maxWaiting',
      filledBy: [LEDGER, 'A7 the line in front of the CA holds so many, of one network fewer'],
    },
    {
      what: 'running',
      bound: 'queue.atOnce',
      filledBy: [LEDGER, 'A7 the line in front of the CA holds so many, of one network fewer'],
    },
    { what: 'listeners of a job', call: 'conversations of one peer, MAX_STREAMS_PER_CONNECTION for each connection' },
  ],
  'servers/issue/proofs.ts': [{ what: 'addresses', call: 'MAX_PROOFS proofs of bounded length' }],
  'servers/issue/renewal.ts': [
    {
      what: 'asking',
      bound: 'certificates that were issued here, while the CA is asked about them',
      filledBy: [LEDGER, 'A7 a certificate’s window is asked for once by however many, and at most once a minute'],
    },
  ],
  'servers/issue/turns.ts': [
    {
      what: 'line',
      bound: 'queue.maxWaiting',
      filledBy: [LEDGER, 'A7 the line in front of the CA holds so many, of one network fewer'],
    },
  ],
  'servers/nostr-relay/work.ts': [
    { what: 'connections', bound: 'limits.connections', filledBy: RELAY_UNREAD },
    { what: 'buckets', bound: 'MAX_NETWORKS', filledBy: RELAY_UNREAD },
  ],
  'servers/quota/network-rate.ts': [{ what: 'moments', bound: 'MAX_NETWORKS', filledBy: RATE }],

  'servers/sandbox/node-process.ts': [{ what: 'waiting', ours: 'the sandbox' }],
  'servers/store/sqlite-challenges.ts': [{ what: 'writers', call: 'rows of dns.admins' }],
}

/** By file and name. */
export const TABLES: Readonly<
  Record<string, { readonly bound: string; readonly filledBy: readonly [string, string] }>
> = {
  'servers/nostr-relay/store.ts events': {
    bound: 'events, eventsPerAuthor, megabytes, and an eighth of all for a network',
    filledBy: RELAY_STORE,
  },
  'servers/nostr-relay/store.ts deleted': {
    bound: 'twice eventsPerAuthor of one author, events in all, an eighth for a network, keepDays',
    filledBy: RELAY_STORE,
  },
  'main/peers/book/sqlite-store.ts peers': { bound: 'MAX_ON_DISK', filledBy: BOOK_FILE },
  'main/peers/book/sqlite-store.ts forgotten': { bound: 'MAX_SEQS_ON_DISK', filledBy: BOOK_FILE },
  'servers/store/sqlite-challenges.ts challenges': {
    bound: 'what the table in memory takes: MAX_NAMES, eight values, an hour, after which they leave the disk too',
    filledBy: ['test/servers/dns-control.test.ts', 'A7 keeps nothing on disk of what has ended, while it runs'],
  },
  'servers/store/sqlite-challenges.ts pins': {
    bound: 'what the table in memory takes: MAX_PINS',
    filledBy: [LEDGER, 'A7 accounts of peers have fifty thousand places in the DNS'],
  },
  'servers/store/sqlite-challenges.ts writers': {
    bound: 'dns.admins, two kinds of names, MAX_VALUES each',
    filledBy: ['test/dns/caa.test.ts', 'A9 are refused in another form, for another kind, or when there are too many'],
  },
  'servers/store/sqlite-ledger.ts orders': {
    bound: 'LEDGER_BOUNDS by state',
    filledBy: [LEDGER, 'holds so many failed, broken off and issued orders, the newest, while it runs'],
  },
  'servers/store/sqlite-ledger.ts challenges': {
    bound: 'those of orders of the last two hours',
    filledBy: [LEDGER, 'holds no TXT value for longer than it can be in the DNS'],
  },
  'servers/store/sqlite-ledger.ts certificates': {
    bound: 'five for the same names; new names are bounded by the week',
    filledBy: [LEDGER, 'holds five certificates of the same names'],
  },
  'servers/store/sqlite-ledger.ts moments': {
    bound: 'LEDGER_BOUNDS.moments',
    filledBy: [LEDGER, 'holds so many moments; what the CA said and what the account used are not pushed out'],
  },
  'servers/store/sqlite-registrations.ts registrations': {
    bound: 'REGISTRATION_BOUNDS',
    filledBy: [LEDGER, 'holds so many registrations'],
  },
  'servers/store/sqlite-registrations.ts moments': {
    bound: 'REGISTRATION_BOUNDS.moments',
    filledBy: [LEDGER, 'holds so many moments, and those of all together are not pushed out'],
  },
  'servers/store/sqlite-registrations.ts spent': {
    bound: 'REGISTRATION_BOUNDS.spent',
    filledBy: [LEDGER, 'holds so many values and answered challenges'],
  },
  'servers/store/sqlite-registrations.ts placed': {
    bound: 'REGISTRATION_BOUNDS.values',
    filledBy: [LEDGER, 'holds so many values and answered challenges'],
  },
  'servers/store/sqlite-week.ts weeks': {
    bound: 'one row for each CA',
    filledBy: [LEDGER, 'the week has one row for each CA, however often it is taken from'],
  },
}

/** Files that are appended to, by source file. */
export const APPENDED: Readonly<
  Record<string, { readonly bound: string; readonly filledBy: readonly [string, string] }>
> = {
  'main/certificates/history.ts': {
    bound: 'MAX_BYTES, then the newest half stays',
    filledBy: ['test/main/history.test.ts', 'keeps the newest where it grows too large'],
  },
}
