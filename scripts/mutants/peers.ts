// Mutants of the statements about peers and invitations.
import type { Mutants } from './mutant.ts'

const INVITATION = 'proto/invitation.ts'
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
    { file: 'main/program/create.ts', find: '      await demandZone(joined)\n', replace: '' },
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
  ],
  P7: [
    {
      file: 'proto/peer-id-text.ts',
      find: 'if (text.length <= MAX_CHARS && decodes(text)) return undefined',
      replace: 'if (text.length <= MAX_CHARS) return undefined',
    },
    {
      file: 'servers/config.ts',
      find: '(text) => whyNotPeersOf(text) === undefined,',
      replace: '(text) => text !== "",',
    },
  ],
}
