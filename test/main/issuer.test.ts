// The way to a certificate against servers that do everything right, and servers that do one thing wrong.
import assert from 'node:assert/strict'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, before, describe, test } from 'node:test'
import { certId, createCsr, readCsr, sameNames } from '../../core/x509/index.ts'
import { ErrorCode } from '../../proto/problem.ts'
import { ISSUE_RENEWAL_PROTOCOL, MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { createNodetrustIssuer, type NodetrustIssuerInit } from '../../main/issuers/nodetrust/flow.ts'
import { agreedZone } from '../../main/issuers/nodetrust/zone.ts'
import { explainFailure } from '../../main/certificates/failures.ts'
import { listProofServers } from '../../main/issuers/nodetrust/servers.ts'
import { createPendingKey } from '../../main/certificates/pending.ts'
import { NoProofsError } from '../../main/issuers/nodetrust/errors.ts'
import { byFamily, chooseProofs } from '../../main/issuers/nodetrust/proofs.ts'
import { checkGrant } from '../../main/issuers/nodetrust/grant.ts'
import { parseIp } from '../../proto/ip.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { deadServer, type IssueScript, type ListedServer } from './nodetrust-servers.ts'
import { type ProofScript, startIssueServer, startProofServer } from './nodetrust-servers.ts'
import {
  collectEvents,
  DAY_MS,
  manualClock,
  namesOf,
  newIdentity,
  NOW,
  startHost,
  temporaryDir,
  testAuthority,
  until,
  ZONE,
} from './support.ts'
import type { Authority } from '../../servers/ca/authority.ts'

let authority: Authority

before(async () => {
  authority = await testAuthority()
})

interface Setup {
  readonly issue?: IssueScript
  readonly proof?: ProofScript
  /** Instead of one proof server. */
  readonly servers?: readonly ListedServer[]
  readonly init?: Partial<NodetrustIssuerInit>
}

async function scene(t: TestContext, setup: Setup = {}) {
  const servers = setup.servers ?? [await startProofServer(t, setup.proof)]
  const server = await startIssueServer(t, authority, servers, setup.issue)
  const host = await startHost(t)
  const events = collectEvents()
  const clock = manualClock()
  const dir = await temporaryDir(t)
  const pending = createPendingKey({ dir, clock })
  const issuer = createNodetrustIssuer({
    ...{ pending, host, issue: server.addresses, names: ['identity', 'ip'], algorithms: ['ecdsa-p256', 'rsa-2048'] },
    agreed: agreedZone({ dir, server: 'x' }),
    ...{ trustAnchorPem: authority.rootPem, clock, emit: events.emit, ...setup.init },
  })
  const obtain = (signal = new AbortController().signal) => issuer.obtain(signal)
  return {
    dir,
    server,
    servers,
    host,
    events,
    obtain,
    issuer,
    pending,
    clock,
    names: [...namesOf(host.peerId), `ip4127-0-0-1.ip.${ZONE}`],
  }
}

const silence = () => new Promise<void>(() => undefined)

describe('the nodetrust issuer', () => {
  test('obtains a verified certificate for the granted names, with the renewal window', async (t) => {
    const { obtain, names, server } = await scene(t)
    const bundle = await obtain()
    assert.ok(sameNames(bundle.names, names))
    assert.deepEqual(bundle.addresses, ['127.0.0.1'])
    assert.deepEqual(bundle.renewalWindow, { start: NOW + 60 * DAY_MS, end: NOW + 61 * DAY_MS })
    assert.equal(bundle.source, 'nodetrust')
    assert.ok(server.csrNames[0] && sameNames(server.csrNames[0], names))
  })

  test('tells each step, and repeated progress once', async (t) => {
    const { obtain, events } = await scene(t)
    await obtain()
    const steps = events
      .of('step')
      .map(({ step, status, detail }) => `${step} ${status}${status === 'progress' ? ` ${detail}` : ''}`)
    assert.deepEqual(steps, [
      ...['info begin', 'info done', 'proof done', 'request begin', 'request done', 'key begin', 'key done'],
      ...[
        'order begin',
        'order progress order',
        'order progress finalize',
        'order done',
        'verify begin',
        'verify done',
      ],
    ])
  })

  test('sends its proofs, its algorithms in their order, and the wanted kinds of names', async (t) => {
    const { obtain, server } = await scene(t, { init: { names: ['identity', 'ip'], profile: 'short' } })
    await obtain()
    const [request] = server.requests
    const { ECDSA_P256, RSA_2048 } = nodetrust.KeyAlgorithm
    assert.equal(request?.proofs?.length, 1)
    assert.deepEqual(request?.keyAlgorithms, [ECDSA_P256, RSA_2048])
    assert.deepEqual(request?.wanted, [nodetrust.NameKind.IDENTITY, nodetrust.NameKind.IP])
    assert.equal(request?.profile, 'short')
  })

  test('goes on where one of two proof servers cannot be reached, and tells which', async (t) => {
    const servers = [await deadServer('the dead one'), await startProofServer(t)]
    const { obtain, events } = await scene(t, { servers })
    await obtain()
    const failed = events.of('step').filter(({ step, status }) => step === 'proof' && status === 'failed')
    assert.equal(failed.length, 1)
    assert.match(failed[0]?.detail ?? '', /^the dead one \(ip4\): cannot connect to \/ip4\/127.0.0.1\/tcp\/1/)
  })

  test('fails where no proof server can be reached, and names each with its answer', async (t) => {
    const servers = [await deadServer('first'), await deadServer('second')]
    const { obtain, server } = await scene(t, { servers })
    await assert.rejects(obtain(), (error) => {
      assert.ok(error instanceof NoProofsError)
      assert.deepEqual(
        error.attempts.map((attempt) => attempt.server),
        ['first', 'second'],
      )
      assert.match(error.message, /first \(ip4\): cannot connect.*; second \(ip4\): cannot connect/)
      return true
    })
    assert.equal(server.requests.length, 0)
  })

  test('fails where the issue server lists no proof server', async (t) => {
    const { obtain } = await scene(t, { servers: [] })
    await assert.rejects(obtain(), { name: 'NoProofsError', message: /lists no proof server/ })
  })

  test('passes the refusal of a proof server on', async (t) => {
    const refusal = { code: ErrorCode.ADDRESS_REFUSED, message: '127.0.0.1 is a loopback address' }
    const { obtain } = await scene(t, {
      proof: { answer: (wire) => wire.write(nodetrust.ProofResponse, { problem: refusal }) },
    })
    await assert.rejects(obtain(), { name: 'NoProofsError', message: /127.0.0.1 is a loopback address/ })
  })

  test('does not use a proof about another peer', async (t) => {
    const { peerId: about } = await newIdentity()
    const { obtain, server } = await scene(t, { proof: { about } })
    await assert.rejects(obtain(), { name: 'NoProofsError', message: new RegExp(`about ${about.toString()}`) })
    assert.equal(server.requests.length, 0)
  })

  test('does not use a proof that another key has signed', async (t) => {
    const { key: signer, peerId } = await newIdentity()
    const { obtain } = await scene(t, { proof: { signer } })
    await assert.rejects(obtain(), { name: 'NoProofsError', message: new RegExp(`signed by ${peerId.toString()}`) })
  })

  test('does not use bytes that are no proof', async (t) => {
    const proof = new Uint8Array(100)
    const { obtain } = await scene(t, { proof: { answer: (wire) => wire.write(nodetrust.ProofResponse, { proof }) } })
    await assert.rejects(obtain(), { name: 'NoProofsError', message: /no|not an envelope/ })
  })

  test('gives a silent proof server up', async (t) => {
    const { obtain } = await scene(t, { proof: { answer: silence }, init: { idleMs: 100 } })
    await assert.rejects(obtain(), { name: 'NoProofsError', message: /no whole message within 100 ms/ })
  })

  test('refuses a message that is larger than the protocol allows', async (t) => {
    const proof = new Uint8Array(5_000)
    const { obtain } = await scene(t, { proof: { answer: (wire) => wire.write(nodetrust.ProofResponse, { proof }) } })
    await assert.rejects(obtain(), { name: 'NoProofsError', message: /longer than 4096 bytes/ })
  })

  test('says that the issue server cannot be reached', async (t) => {
    const { peer } = await deadServer('issue')
    const { obtain } = await scene(t, { init: { issue: [`/ip4/127.0.0.1/tcp/1/p2p/${peer.toString()}`] } })
    await assert.rejects(obtain(), { name: 'UnreachableError', message: /cannot connect to \/ip4\/127.0.0.1\/tcp\/1/ })
  })

  test('says that another key answers in the place of the issue server, and asks it nothing', async (t) => {
    const host = await startHost(t, { listen: ['/ip4/127.0.0.1/tcp/0'] })
    const { peer } = await deadServer('issue')
    const issue = host.getMultiaddrs().map((one) => one.toString().replace(/[^/]+$/, peer.toString()))
    const { obtain } = await scene(t, { init: { issue } })
    await assert.rejects(obtain(), { name: 'OtherKeyError', message: /another key answers at / })
  })

  test('says that a peer is no issue server', async (t) => {
    const host = await startHost(t, { listen: ['/ip4/127.0.0.1/tcp/0'] })
    const issue = host.getMultiaddrs().map((address) => address.toString())
    const { obtain } = await scene(t, { init: { issue } })
    await assert.rejects(obtain(), {
      name: 'UnreachableError',
      message: /does not answer \/p2p\/nodetrust\/issue\/info/,
    })
  })

  test('passes a refusal of the issue server on, with its code and time', async (t) => {
    const problem = { code: ErrorCode.RATE_LIMIT, message: 'too many this week', retryAfterMs: 3_600_000 }
    const { obtain } = await scene(t, { issue: { grant: () => ({ problem }) } })
    await assert.rejects(obtain(), { name: 'ProblemError', ...problem })
  })

  test('refuses a zone in which our name would be none', async (t) => {
    const { obtain } = await scene(t, { issue: { info: { zone: 'not a zone' } } })
    await assert.rejects(obtain(), { name: 'BadAnswerError', message: /zone "not a zone" cannot be used/ })
  })

  test('signs no CSR for a name that is not its own', async (t) => {
    const { obtain, server } = await scene(t, {
      issue: { grant: (grant) => ({ grant: { ...grant, names: [...(grant.names ?? []), 'www.example.org'] } }) },
    })
    await assert.rejects(obtain(), { name: 'BadAnswerError', message: /grants www\.example\.org/ })
    assert.equal(server.csrNames.length, 0)
  })

  test('refuses a chain for another key', async (t) => {
    const { obtain } = await scene(t, {
      issue: {
        async chain(_csr, names) {
          const { publicKeySpki } = await readCsr((await createCsr({ names })).csr)
          const dates = { notBefore: NOW, notAfter: NOW + DAY_MS }
          return (await authority.sign({ names, publicKeySpki, ...dates })).chainPem
        },
      },
    })
    await assert.rejects(obtain(), { name: 'CertificateError', code: 'key-mismatch' })
  })

  const wrongChains: readonly (readonly [
    string,
    string,
    (names: readonly string[]) => readonly string[],
    number,
    number,
  ])[] = [
    ['lacks a granted name', 'missing-name', (names) => names.slice(1), NOW, NOW + DAY_MS],
    ['has expired', 'expired', (names) => names, NOW - 2 * DAY_MS, NOW - DAY_MS],
  ]
  for (const [title, code, choose, notBefore, notAfter] of wrongChains) {
    test(`refuses a chain that ${title}`, async (t) => {
      const chain = async (csr: Uint8Array, names: readonly string[]) => {
        const { publicKeySpki } = await readCsr(csr)
        return (await authority.sign({ names: choose(names), publicKeySpki, notBefore, notAfter })).chainPem
      }
      const { obtain } = await scene(t, { issue: { chain } })
      await assert.rejects(obtain(), { name: 'CertificateError', code })
    })
  }

  test('refuses a chain of another CA than the configured one', async (t) => {
    const { obtain } = await scene(t, { init: { trustAnchorPem: (await testAuthority()).rootPem } })
    await assert.rejects(obtain(), { name: 'CertificateError', code: 'broken-chain' })
  })

  test('refuses something that is no chain', async (t) => {
    const { obtain } = await scene(t, { issue: { chain: () => Promise.resolve('hello') } })
    await assert.rejects(obtain(), { name: 'CertificateError', code: 'not-pem' })
  })

  test('gives an issue server up that falls silent in the middle', async (t) => {
    const { obtain, events } = await scene(t, { issue: { beforeCertificate: silence }, init: { idleMs: 200 } })
    await assert.rejects(obtain(), { name: 'StreamIdleError' })
    assert.equal(events.of('step').at(-1)?.status, 'failed')
  })

  test('refuses an announcement of more than the issue protocol allows', async (t) => {
    const { obtain } = await scene(t, {
      issue: {
        async beforeCertificate(_wire, { sendRaw }) {
          sendRaw(Uint8Array.of(0xff, 0xff, 0x7f, 0, 0))
          await silence()
        },
      },
    })
    await assert.rejects(obtain(), { name: 'MessageTooLargeError' })
  })

  test('refuses bytes that are no message', async (t) => {
    const { obtain } = await scene(t, {
      issue: {
        async beforeCertificate(_wire, { sendRaw }) {
          sendRaw(Uint8Array.of(3, 0xff, 0xff, 0xff))
          await silence()
        },
      },
    })
    await assert.rejects(obtain(), { name: 'MalformedMessageError' })
  })

  test('ends an attempt that takes too long as a whole, although the server says that it is alive', async (t) => {
    const { obtain } = await scene(t, {
      init: { attemptMs: 400 },
      issue: {
        async beforeCertificate(wire) {
          const timer = setInterval(() => {
            wire.write(nodetrust.IssueServerMessage, { progress: { step: 'busy' } }).catch(() => clearInterval(timer))
          }, 50)
          t.after(() => clearInterval(timer))
          await silence()
        },
      },
    })
    const began = performance.now()
    await assert.rejects(obtain(), { name: 'AttemptTimeoutError' })
    assert.ok(performance.now() - began < 5_000)
  })

  test('stops at once when it is told to', async (t) => {
    const stop = new AbortController()
    const answer = () => {
      stop.abort(new Error('the node stops'))
      return silence()
    }
    const { obtain } = await scene(t, { proof: { answer } })
    const began = performance.now()
    await assert.rejects(obtain(stop.signal), /the node stops/)
    assert.ok(performance.now() - began < 5_000)
  })

  test('leaves one connection to a proof server, however often it asks', async (t) => {
    const { obtain, host, servers } = await scene(t)
    for (let attempts = 0; attempts < 3; attempts++) await obtain()
    const [server] = servers
    assert.ok(server)
    await until('one connection', () => host.getConnections(server.peer).length === 1)
  })
})

describe('the zone that was agreed to', () => {
  const refuses = (agreed: string) => (error: Error) =>
    error.name === 'OtherZoneError' && error.message.includes(agreed) && explainFailure(error).code === 'other-zone'

  test('A10 is the only one of which a certificate is asked for', async (t) => {
    const agreed = agreedZone({ dir: await temporaryDir(t), server: 'x', zone: 'letsencrypt.org' })
    const { obtain, server } = await scene(t, { init: { agreed } })
    await assert.rejects(obtain(), refuses('letsencrypt.org'))
    assert.deepEqual(server.requests, [])
  })

  test('A10 is the first that the server named where nobody agreed to another, also after a start', async (t) => {
    const dir = await temporaryDir(t)
    const server = 'a server'
    await scene(t, { init: { agreed: agreedZone({ dir, server }) } }).then(({ obtain }) => obtain())
    const other = { info: { zone: 'other.example' } }
    const { obtain } = await scene(t, { issue: other, init: { agreed: agreedZone({ dir, server }) } })
    await assert.rejects(obtain(), refuses(ZONE))
  })

  test('A10 is another one for another server', async (t) => {
    const dir = await temporaryDir(t)
    await agreedZone({ dir, server: 'one' }).check('one.example')
    await agreedZone({ dir, server: 'two' }).check('two.example')
    await assert.rejects(agreedZone({ dir, server: 'two' }).check('one.example'), refuses('two.example'))
  })

  test('A10 is asked for before the proof servers of an issue server are believed', async (t) => {
    const { server, host, dir } = await scene(t)
    const signal = AbortSignal.timeout(10_000)
    const agreed = (zone: string) => agreedZone({ dir, server: 'x', zone })
    await assert.rejects(listProofServers(host, server.addresses, agreed('other.example'), signal), refuses(ZONE))
    assert.equal((await listProofServers(host, server.addresses, agreed(ZONE), signal)).length, 1)
  })
})

describe('the key of an attempt', () => {
  const spkiOfCsr = async (csr: Uint8Array) => (await readCsr(csr)).spkiSha256

  /** A network whose first answers are lost after the CSR has arrived. */
  async function lossy(t: TestContext, lost: number) {
    const keys: string[] = []
    const made = await scene(t, {
      init: { idleMs: 2_000 },
      issue: {
        async chain(csr, names) {
          keys.push(await spkiOfCsr(csr))
          if (keys.length <= lost) throw new Error('the answer is lost')
          const dates = { notBefore: NOW, notAfter: NOW + 90 * DAY_MS }
          return (await authority.sign({ names, publicKeySpki: (await readCsr(csr)).publicKeySpki, ...dates })).chainPem
        },
      },
    })
    return { ...made, keys }
  }

  test('is sent again after a lost answer', async (t) => {
    const { obtain, keys, events } = await lossy(t, 2)
    await assert.rejects(obtain())
    await assert.rejects(obtain())
    const bundle = await obtain()
    assert.equal(new Set(keys).size, 1)
    assert.equal(keys.length, 3)
    const made = events.of('step').filter(({ step, status }) => step === 'key' && status === 'done')
    assert.match(made.at(-1)?.detail ?? '', /took the key of the last attempt/)
    assert.ok(bundle.keyPem)
  })

  test('lies on the disk for its owner alone before the CSR arrives', async (t) => {
    const { obtain, dir } = await lossy(t, 1)
    await assert.rejects(obtain())
    assert.equal((await stat(join(dir, 'certificate.pending.json'))).mode & 0o777, 0o600)
  })

  test('is another one after a day, for other names, and after it was cleared', async (t) => {
    const { obtain, keys, clock, pending } = await lossy(t, 9)
    await assert.rejects(obtain())
    clock.set(NOW + DAY_MS)
    await assert.rejects(obtain())
    await pending.clear()
    await assert.rejects(obtain())
    assert.equal(new Set(keys).size, 3)
    assert.equal(await pending.keyFor({ names: ['other.example.org'], algorithm: 'ecdsa-p256' }), undefined)
    await assert.rejects(obtain())
    assert.equal(new Set(keys).size, 4)
  })

  test('that cannot be kept is not used: no CSR is sent', async (t) => {
    const { obtain, dir, server } = await lossy(t, 0)
    await mkdir(join(dir, 'certificate.pending.json'))
    await assert.rejects(obtain(), { name: 'FileError' })
    assert.equal(server.csrNames.length, 0)
  })

  test('that is torn is replaced', async (t) => {
    const { obtain, dir } = await lossy(t, 0)
    await writeFile(join(dir, 'certificate.pending.json'), '{"keyPem":')
    assert.ok(await obtain())
  })
})

describe('the renewal window', () => {
  async function asked(t: TestContext, answer: nodetrust.RenewalResponse.$Properties | undefined) {
    const made = await scene(t)
    const ids: string[] = []
    if (answer) {
      await made.server.host.handle(ISSUE_RENEWAL_PROTOCOL, async (stream) => {
        const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.renewalRequest })
        ids.push((await wire.read(nodetrust.RenewalRequest)).certificateId)
        await wire.write(nodetrust.RenewalResponse, answer)
        await wire.close()
      })
    }
    const bundle = await made.obtain()
    return { ids, bundle, renewal: () => made.issuer.renewal(bundle, new AbortController().signal) }
  }

  test('is asked for by the ARI id, and comes with its time and page', async (t) => {
    const explanationUrl = 'https://ca.example/incident'
    const { ids, bundle, renewal } = await asked(t, {
      ...{ renewFromMs: NOW, renewUntilMs: NOW + DAY_MS, askAgainMs: 60_000, explanationUrl },
    })
    const window = { start: NOW, end: NOW + DAY_MS }
    assert.deepEqual(await renewal(), { window, askAgainMs: 60_000, explanationUrl })
    assert.deepEqual(ids, [certId(bundle.chainPem)])
  })

  for (const [title, answer] of [
    ['ends before it begins', { renewFromMs: NOW, renewUntilMs: NOW - 1 }],
    ['ends as it begins', { renewFromMs: NOW, renewUntilMs: NOW }],
    ['is in no calendar', { renewFromMs: NOW, renewUntilMs: 2 ** 53 }],
    ['is missing', {}],
  ] as const) {
    test(`that ${title} is none`, async (t) => {
      assert.equal((await (await asked(t, answer)).renewal()).window, undefined)
    })
  }

  test('has no page where the address is not one of the web', async (t) => {
    const { renewal } = await asked(t, { explanationUrl: 'javascript:alert(1)' })
    assert.equal((await renewal()).explanationUrl, undefined)
  })

  test('of a server that does not speak of it is a typed failure', async (t) => {
    await assert.rejects((await asked(t, undefined)).renewal(), { name: 'UnreachableError', message: /renewal/ })
  })
})

describe('a grant', () => {
  const ip = parseIp('203.0.113.7')
  assert.ok(ip)

  test('may hold our names alone, of the wanted kinds, for proved addresses', async () => {
    const { peerId: peer } = await newIdentity()
    const own = namesOf(peer)
    const ipName = `ip4203-0-113-7.ip.${ZONE}`
    const check = (names: readonly string[], wanted: readonly ('identity' | 'ip')[] = ['identity', 'ip']) =>
      checkGrant(
        { names, algorithm: 'ecdsa-p256', leftOut: [] },
        { peer, zone: ZONE, proved: [ip], wanted, offered: ['ecdsa-p256'] },
      ).names
    assert.deepEqual(check([...own, ipName, ipName]), [...own, ipName])
    const stranger = namesOf((await newIdentity()).peerId)
    const bad = [
      ...['example.org', `*.${ZONE}`, ZONE, `ip4203-0-113-8.ip.${ZONE}`, `*.ip.${ZONE}`, ''],
      ...[`203-0-113-7.${own[0]}`, `_acme-challenge.${own[0]}`, `${own[0]}.`, stranger[0] ?? ''],
    ]
    for (const name of bad) assert.throws(() => check([name]), { name: 'BadAnswerError' }, name)
    assert.throws(() => check([...own, ipName], ['identity']), { name: 'BadAnswerError' })
    assert.throws(() => check([]), { name: 'BadAnswerError', message: /no names/ })
  })

  test('may hold an algorithm alone that was offered', async () => {
    const { peerId: peer } = await newIdentity()
    const measure = { peer, zone: ZONE, proved: [], wanted: ['identity'], offered: ['ecdsa-p256'] } as const
    for (const algorithm of ['rsa-2048', undefined] as const) {
      const grant = { names: namesOf(peer), algorithm, leftOut: [] }
      assert.throws(() => checkGrant(grant, measure), { name: 'BadAnswerError', message: /we offered ecdsa-p256/ })
    }
  })
})

describe('proofs', () => {
  const proof = (...texts: string[]) => ({
    bytes: new TextEncoder().encode(texts.join(' ')),
    addresses: texts.flatMap((text) => parseIp(text) ?? []),
  })

  test('for different addresses go before repetitions', () => {
    const [one, again, other] = [proof('1.1.1.1'), proof('1.1.1.1'), proof('2606::1')]
    assert.deepEqual(chooseProofs([one, again, other], 2), [one, other])
    assert.deepEqual(chooseProofs([one, again, other], 8), [one, other, again])
  })

  test('are asked for over each family that a server has', async () => {
    const { peerId: peer } = await newIdentity()
    const families = (...texts: string[]) =>
      byFamily({ peer, displayName: '', addresses: texts.map((text) => multiaddr(text)) }).map(({ family }) => family)
    assert.deepEqual(families('/ip4/1.1.1.1/tcp/1', '/dns6/a.example/tcp/1'), ['ip4', 'ip6'])
    assert.deepEqual(families('/ip4/1.1.1.1/tcp/1', '/dns4/a.example/tcp/1'), ['ip4'])
    assert.deepEqual(families('/dns/a.example/tcp/1'), ['any'])
  })
})
