// Mutants of the statements about peers and invitations.
import type { Mutants } from './mutant.ts'

const INVITATION = 'proto/invitation.ts'
const DIALLER = 'main/peers/dial/dialler.ts'
const ZONE = 'main/issuers/nodetrust/zone.ts'

export const PEERS: Mutants = {
  P1: [
    {
      file: 'core/discovery.ts',
      find: 'if (!message.from.equals(record.peer)) {',
      replace: 'if (message.data.length === 0) {',
    },
  ],
  P2: [
    { file: ZONE, find: 'else if (agreed !== told) throw', replace: "else if (told === '') throw" },
    {
      file: 'main/program/ask-server.ts',
      find: 'if (told === invited.zone) return undefined',
      replace: "if (told !== '') return undefined",
    },
    { file: 'main/issuers/nodetrust/servers.ts', find: '  await agreed.check(info.zone)\n', replace: '' },
    { file: 'main/issuers/nodetrust/flow.ts', find: '  await agreed.check(info.zone)\n', replace: '' },
  ],
  P3: [
    { file: INVITATION, find: 'if (broker !== undefined && !isLoopbackUrl(broker))', replace: "if (broker === '')" },
    {
      file: 'proto/invited-root.ts',
      find: 'return certificate.raw.equals(der) ? certificate : undefined',
      replace: 'return certificate',
    },
    {
      file: INVITATION,
      find: 'if (resolver !== undefined && !isLoopbackPort(resolver))',
      replace: "if (resolver === '')",
    },
  ],
  P4: [
    { file: 'main/api/handlers.ts', find: 'roots: rootFingerprints(rootPem)', replace: 'roots: []' },
    { file: 'main/cli/text.ts', find: "['Own root', ...roots],", replace: '' },
    { file: 'main/cli/text.ts', find: "token === true ? 'there is one", replace: "token === false ? 'there is one" },
  ],
  P5: [
    { file: 'main/node/visitor-page.ts', find: 'if (!trusted) return', replace: 'if (words.title === "") return' },
    {
      file: 'core/x509/platform-roots.ts',
      find: 'issuer.ca && child.checkIssued(issuer) && child.verify(issuer.publicKey)',
      replace: 'issuer.ca',
    },
    { file: 'main/api/slices/certificate.ts', find: ': !node.trusted,', replace: ': false,' },
  ],
  P6: [
    { file: 'proto/invited-name.ts', find: 'return /:\\/\\/|', replace: 'return plain.length > 1_000 && /:\\/\\/|' },
    {
      file: INVITATION,
      find: "if (others.length > 0) throw wrong('it is broken up",
      replace: "if (others.length > 99) throw wrong('it is broken up",
    },
    { file: INVITATION, find: 'if (loss !== undefined) throw', replace: 'if (loss === null) throw' },
  ],
  P7: [
    {
      file: 'proto/peer-id-text.ts',
      find: 'if (text.length <= MAX_CHARS && decodes(text)) return undefined',
      replace: 'if (text.length <= MAX_CHARS) return undefined',
    },
    {
      file: 'servers/config/values.ts',
      find: '(text) => whyNotPeersOf(text) === undefined,',
      replace: '(text) => text !== "",',
    },
  ],
  P8: [
    {
      file: 'core/discovery.ts',
      find: 'return isBlamable(error.fault) ? TopicValidatorResult.Reject : TopicValidatorResult.Ignore',
      replace: 'return TopicValidatorResult.Ignore',
    },
    { file: 'core/discovery/authors.ts', find: "      if (seq < before.seq) return 'stale'\n", replace: '' },
    {
      file: 'core/discovery/authors.ts',
      find: "return before.changes.hasRoom(1, nowMs) ? 'changed' : 'too-soon'",
      replace: "return 'changed'",
    },
    { file: 'core/discovery/gate.ts', find: "if (spent === 'gross') cutOff(from)", replace: '' },
    { file: 'core/discovery/gate.ts', find: '      neighbours.fault(from, now())\n', replace: '' },
    {
      file: 'core/discovery.ts',
      find: "if (standing === 'stale' || standing === 'too-soon') return TopicValidatorResult.Ignore",
      replace: "if (standing === 'stale') return TopicValidatorResult.Ignore",
    },
    {
      file: 'core/discovery.ts',
      find: "if (standing === 'stale' || standing === 'too-soon') return TopicValidatorResult.Ignore",
      replace: "if (standing === 'too-soon') return TopicValidatorResult.Ignore",
    },
    {
      file: 'core/discovery/gate.ts',
      find: "if (standing === 'stale' || standing === 'too-soon') return false",
      replace: "if (author === '') return false",
    },
  ],
  P9: [
    {
      file: 'main/peers/book/write-behind.ts',
      find: 'write(next(MAX_ROWS_AT_ONCE))',
      replace: 'write(next(MAX_WAITING))',
    },
  ],
  P10: [
    { file: 'main/peers/connect.ts', find: 'const MAX_ADDRESSES = 4', replace: 'const MAX_ADDRESSES = 400' },
    {
      file: 'main/peers/dial-targets.ts',
      find: 'network: { count: 6, windowMs: TEN_MINUTES_MS }',
      replace: 'network: { count: 600, windowMs: TEN_MINUTES_MS }',
    },
    { file: 'core/net/autonat.ts', find: 'if (ip?.text === asker.text && ', replace: 'if (ip !== undefined && ' },
    { file: 'core/net/autonat.ts', find: 'allowed.includes(addressClass(asker))', replace: 'allowed.length > 0' },
    {
      file: 'core/net/dial-limits.ts',
      find: 'return own / fairShare({ own, all, used })',
      replace: 'return used < 0 ? own / fairShare({ own, all, used }) : 1',
    },
  ],
  P11: [
    {
      file: 'main/reachability/answering-peers.ts',
      find: 'networksThatSee(seenAs.text) > 1)',
      replace: 'networksThatSee(seenAs.text) > 0)',
    },
  ],
  P12: [
    {
      file: 'main/reachability/router/upnp.ts',
      find: "if (hasElement(text, 'html')) throw",
      replace: "if (text === 'html') throw",
    },
  ],
  P13: [
    {
      file: 'core/net/announce-filter.ts',
      find: 'return (address, owner) => !exclusions.some((excludes) => excludes(address, owner))',
      replace: 'return () => exclusions.length >= 0',
    },
  ],
  P14: [
    {
      file: 'core/net/peer-store-bounds.ts',
      find: 'save(id, bounded(id, data), options)',
      replace: 'save(id, data, options)',
    },
  ],
  P15: [
    {
      file: 'core/net/dial-guard.ts',
      find: 'const allowed = all.filter(({ address }) => whyNot(address, classes) === undefined)',
      replace: 'const allowed = all',
    },
    {
      file: 'core/net/dial-guard.ts',
      find: 'if (why !== undefined) throw new DialRefusedError(`${address',
      replace: "if (why === '') throw new DialRefusedError(`${address",
    },
    {
      file: 'core/net/secure-websockets.ts',
      find: "new URL(uri).hostname.replace(/^\\[|\\]$/g, '')",
      replace: "ma.getComponents()[0]?.value ?? ''",
    },
    {
      file: 'core/host.ts',
      find: 'guardDials(plain(components), dials)',
      replace: 'plain(components)',
    },
    {
      file: 'main/rooms.ts',
      find: '    dialClasses: config.discovery.addressClasses,\n',
      replace: '',
    },
  ],
  P16: [
    {
      file: 'main/program/broker-health.ts',
      find: "const headers = { 'user-agent': 'nodetrust' }",
      replace: "const headers = { 'user-agent': 'nodetrust/1.2.3' }",
    },
    { file: 'main/program/broker-health.ts', find: 'return status === WELL', replace: 'return status < 600' },
    { file: 'main/program/public-network.ts', find: ' || (known && !again)) return', replace: ') return' },
    {
      file: 'main/program/create.ts',
      find: 'if (!configuredNetwork && store.get().network === null) publicNetwork.look(again)',
      replace: 'publicNetwork.look(again)',
    },
  ],
  P17: [
    {
      file: 'core/net/own-address.ts',
      find: '  if (!isPlainAddress(address)) return undefined\n',
      replace: '',
    },
    { file: 'core/net/allowed-address.ts', find: 'isPlainAddress(address) && ', replace: '' },
    { file: 'core/net/plain-address.ts', find: 'NAMES.has(name) ? isHostName(value)', replace: "name === '' ? false" },
  ],
  P25: [
    { file: DIALLER, find: 'keyOf(policy),', replace: "'any'," },
    {
      file: DIALLER,
      find: 'if (!connection.remotePeer.equals(peer)) {',
      replace: 'if (connection.remotePeer.equals(host.peerId)) {',
    },
    {
      file: DIALLER,
      find: "return connection.status === 'open' && stageOf(",
      replace: "return connection.status === 'open' || stageOf(",
    },
    {
      file: 'main/peers/dial/policy.ts',
      find: 'if (from && !sources.some(',
      replace: 'if (from?.length === 0 && !sources.some(',
    },
    {
      file: 'main/peers/dial/library-dials.ts',
      find: 'return stageOf(judge.policy(), judged) === undefined',
      replace: 'return stageOf(judge.policy(), judged) === -1',
    },
  ],
  P26: [
    { file: 'main/peers/dial/race.ts', find: 'const AT_ONCE = 6', replace: 'const AT_ONCE = 600' },
    { file: DIALLER, find: 'export const MOST_ADDRESSES = 25', replace: 'export const MOST_ADDRESSES = 26' },
    {
      file: DIALLER,
      find: "return cause !== 'asked' && experience.lastSuccessMs",
      replace: "return cause === 'asked' && experience.lastSuccessMs",
    },
    {
      file: 'main/peers/dial-targets.ts',
      find: 'const mayDial = limits[cause]',
      replace: 'const mayDial = limits.heard',
    },
    { file: DIALLER, find: 'const MOST_DIALS = 200', replace: 'const MOST_DIALS = 250' },
    {
      file: DIALLER,
      find: 'if (why !== undefined) throw new HeldBackError(why)',
      replace: "if (address.toString() === '') throw new HeldBackError(String(why))",
    },
  ],
}
