// The configuration of forges, what comes of several ways to a certificate, and what their failures are called.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { DIRECTORIES } from '../../core/acme/index.ts'
import { AcmeProblem, AcmeTransportError, ChallengeFailedError } from '../../core/acme/errors.ts'
import { loadConfig } from '../../core/config.ts'
import { FileError } from '../../core/files.ts'
import { serialiseBundle } from '../../core/x509/index.ts'
import { waitAfter } from '../../core/acme/back-off.ts'
import { ErrorCode, ProblemError } from '../../proto/problem.ts'
import { explainFailure } from '../../main/certificates/failures.ts'
import { createCertificateStore } from '../../main/certificates/store.ts'
import { addressesSlice } from '../../main/api/slices/addresses.ts'
import { problemOfFailure } from '../../main/api/slices/problems.ts'
import { issuersInOrder } from '../../main/issuers/in-order.ts'
import { forgeNames, forgeOf, openForges } from '../../main/issuers/autotls/forge.ts'
import {
  BadBrokerError,
  BrokerLimitError,
  BrokerRefusedError,
  BrokerUnavailableError,
  ForgesFailedError,
  ForgeTokenError,
  NoAddressError,
  NotDialledError,
  ValueNotShownError,
} from '../../main/issuers/autotls/errors.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { de } from '../../proto/text/de.ts'
import { en } from '../../proto/text/en.ts'
import { createWords } from '../../proto/text/index.ts'
import { explain } from '../../proto/text/life.ts'
import { refusedTitle } from '../../proto/text/ways.ts'
import { makeBundle, manualClock, newIdentity, temporaryDir, testAuthority } from '../main/support.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { NodeFacts } from '../../main/program/program.ts'
import type { Issuer } from '../../main/issuers/issuer.ts'

const load = async (autotls: unknown) =>
  (await loadConfig(NodeConfigSchema, { base: { network: { autotls } } })).network

describe('the configuration of forges', () => {
  test('is none by default, and the public forge where nothing else is said', async () => {
    assert.equal((await loadConfig(NodeConfigSchema, {})).network.autotls, undefined)
    const { autotls } = await load({})
    assert.deepEqual(autotls, {
      forges: [{ domain: 'libp2p.direct', broker: 'https://registration.libp2p.direct', directory: 'letsencrypt' }],
      ...{ addressClasses: ['public'], ips: [], announce: 'short' },
    })
    const [forge] = await openForges(autotls?.forges ?? [], undefined)
    assert.equal(forge?.directoryUrl, DIRECTORIES.letsencrypt)
    assert.equal(forge?.trustAnchorPem, undefined)
  })

  const GOOD = { domain: 'f.example.net', broker: 'https://b.example.net/base' }
  for (const [title, autotls, message] of [
    ['no forge', { forges: [] }, /at least one forge/],
    ['a forge twice', { forges: [GOOD, { ...GOOD, domain: 'F.example.net' }] }, /each domain once/],
    [
      'a domain that is none',
      { forges: [{ ...GOOD, domain: 'a_b.example' }] },
      /expected a domain, .* got "a_b.example"/,
    ],
    ['a wildcard', { forges: [{ ...GOOD, domain: '*.example.net' }] }, /expected a domain/],
    ['a broker without https', { forges: [{ ...GOOD, broker: 'http://b.example.net' }] }, /expected an https address/],
    [
      'a broker with a password',
      { forges: [{ ...GOOD, broker: 'https://u:p@b.example.net' }] },
      /expected an https address/,
    ],
    [
      'a name that only begins like this machine',
      { forges: [{ ...GOOD, broker: 'http://127.0.0.1.evil.example' }] },
      /https/,
    ],
    [
      'a CA without https',
      { forges: [{ ...GOOD, directory: 'http://ca.example/dir' }] },
      /https address of an ACME directory/,
    ],
    ['a token that could end a header', { forges: [{ ...GOOD, token: 'a\r\nb' }] }, /without spaces/],
    ['a class that leads nowhere', { addressClasses: ['link-local'] }, /addressClasses/],
    ['an address that is none', { ips: ['1.1.1'] }, /expected an IP address, got "1.1.1"/],
    ['an unknown form of addresses', { announce: 'wide' }, /announce/],
    ['an e-mail address that is none', { email: 'nobody' }, /expected an e-mail address/],
    ['an unknown key', { forge: 'x' }, /forge/],
  ] as const) {
    test(`refuses ${title}`, async () => {
      await assert.rejects(load(autotls), { name: 'ConfigError', message })
    })
  }

  test('takes a broker on this machine without TLS, and keeps the order of preference', async () => {
    const forges = [
      { ...GOOD, broker: 'http://127.0.0.1:8080' },
      { ...GOOD, domain: 'g.example.net', broker: 'http://[::1]:8080' },
    ]
    const { autotls } = await load({ forges })
    assert.deepEqual(
      autotls?.forges.map(({ domain }) => domain),
      ['f.example.net', 'g.example.net'],
    )
  })

  test('names the file of a trust anchor that cannot be read; a forge without one takes that of the network', async (t) => {
    const dir = await temporaryDir(t)
    const { rootPem } = await testAuthority()
    const path = join(dir, 'root.pem')
    const section = { ...GOOD, directory: 'staging', trustAnchor: path }
    await assert.rejects(openForges([section], undefined), {
      name: 'ConfigError',
      message: /f\.example\.net, .*root\.pem/,
    })
    await writeFile(path, rootPem)
    const [own, inherited] = await openForges([section, { ...GOOD, directory: 'staging' }], 'the network’s')
    assert.equal(own?.trustAnchorPem, rootPem)
    assert.equal(inherited?.trustAnchorPem, 'the network’s')
  })
})

describe('several ways to a certificate', () => {
  const bundle = { source: 'autotls' } as CertificateBundle
  const way = (source: string, outcome: CertificateBundle | Error, asked: string[] = []) => ({
    ...{ title: `the ${source}`, source },
    issuer: {
      obtain: () => (asked.push(source), outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)),
      renewal: () => (
        asked.push(`renewal ${source}`),
        Promise.resolve({ window: undefined, askAgainMs: 1, explanationUrl: undefined })
      ),
    } satisfies Issuer,
  })
  const { signal } = new AbortController()

  test('are none, one, or tried in their order', async () => {
    assert.equal(issuersInOrder([]), undefined)
    const only = way('nodetrust', bundle)
    assert.equal(issuersInOrder([only]), only.issuer)
    const asked: string[] = []
    const both = issuersInOrder([way('nodetrust', new Error('no'), asked), way('autotls', bundle, asked)])
    assert.equal(await both?.obtain(signal), bundle)
    assert.deepEqual(asked, ['nodetrust', 'autotls'])
  })

  test('say that the next one is asked, and not after the last', async () => {
    const next: string[] = []
    const ways = ['nodetrust', 'autotls', 'third'].map((source) => way(source, new Error(`${source} said no`)))
    const all = issuersInOrder(ways, (error, { source }) => void next.push(`${error.message}: ${source}`))
    await assert.rejects(all?.obtain(signal) ?? Promise.resolve(), { name: 'IssuersFailedError' })
    assert.deepEqual(next, ['nodetrust said no: autotls', 'autotls said no: third'])
  })

  test('are both named where both fail, and the failure is the one that passes soonest', async () => {
    const refused = new ProblemError(ErrorCode.NOT_AUTHORIZED, 'not you')
    const both = issuersInOrder([
      way('issue server', refused),
      way('forges', new BrokerUnavailableError('down', 5_000)),
    ])
    await assert.rejects(both?.obtain(signal) ?? Promise.resolve(), (error) => {
      const { code, message, retryAfterMs } = explainFailure(error)
      assert.deepEqual([code, retryAfterMs], ['broker-unavailable', 5_000])
      assert.equal(message, 'the issue server: not you; the forges: down')
      return true
    })
  })

  test('are not gone on with after the signal', async () => {
    const leaving = new AbortController()
    const asked: string[] = []
    const first = way('nodetrust', new Error('no'))
    const both = issuersInOrder([
      {
        ...first,
        issuer: { ...first.issuer, obtain: () => (leaving.abort(new Error('stop')), Promise.reject(new Error('no'))) },
      },
      way('autotls', bundle, asked),
    ])
    await assert.rejects(both?.obtain(leaving.signal) ?? Promise.resolve(), { message: 'stop' })
    assert.deepEqual(asked, [])
  })

  test('are asked about the renewal of what they issued', async () => {
    const asked: string[] = []
    const both = issuersInOrder([way('nodetrust', bundle, asked), way('autotls', bundle, asked)])
    await both?.renewal(bundle, signal)
    await both?.renewal({ ...bundle, source: 'gone' }, signal)
    assert.deepEqual(asked, ['renewal autotls', 'renewal nodetrust'])
  })
})

const [english, german] = [createWords('en', en), createWords('de', de)]

describe('a failure of this way', () => {
  const answer = (type: string, retryAfterMs?: number) =>
    new AcmeProblem({ type, detail: 'why', status: 400, subproblems: [] }, 'https://ca.example', retryAfterMs)
  const cases: readonly (readonly [Error, code: string, kind: string, shown: string])[] = [
    [new BrokerUnavailableError('x', 7_200_000), 'broker-unavailable', 'unavailable', 'server-unreachable'],
    [new BrokerLimitError('x', 7_200_000), 'broker-limit', 'rate-limited', 'ca-limit'],
    [new BrokerRefusedError('x'), 'broker-refused', 'refused', 'refused'],
    [new ForgeTokenError('x'), 'forge-token', 'refused', 'refused'],
    [new BadBrokerError('x'), 'bad-broker', 'refused', 'server-unreachable'],
    [new NotDialledError('x'), 'not-dialled', 'validation-failed', 'unreachable'],
    [new NoAddressError('x'), 'no-address', 'unavailable', 'unreachable'],
    [new ValueNotShownError('x'), 'value-not-shown', 'validation-failed', 'ca-unavailable'],
    [answer('rateLimited', 7_200_000), 'rateLimited', 'rate-limited', 'ca-limit'],
    [answer('rateLimited'), 'rateLimited', 'paused', 'ca-limit'],
    [answer('rejectedIdentifier'), 'rejectedIdentifier', 'mistake', 'refused'],
    [answer('caa'), 'caa', 'validation-failed', 'refused'],
    [
      new AcmeTransportError('ECONNREFUSED', 'x', 'https://ca.example'),
      'ca-unavailable',
      'unavailable',
      'ca-unavailable',
    ],
    [new ChallengeFailedError('x', answer('dns')), 'challenge-failed', 'validation-failed', 'ca-unavailable'],
    [new FileError('/x', 'write', new Error('full')), 'disk', 'unavailable', 'disk'],
    [new ForgesFailedError([]), 'other', 'unavailable', 'failed'],
  ]
  for (const [error, code, kind, shown] of cases) {
    test(`is ${code}, ${kind}, to people "${shown}"`, () => {
      const failure = explainFailure(error)
      assert.deepEqual([failure.code, failure.kind], [code, kind])
      assert.equal(problemOfFailure({ failure, at: 0, retryAt: 1 }).code, shown)
      // nobody was invited, nobody helped, and no network has servers there
      const problem = problemOfFailure({ failure: explainFailure(error, 'f.example.net'), at: 0, retryAt: 1 })
      const words = [english, german].map(
        (language) => `${explain(language, problem)} ${refusedTitle(problem, language)}`,
      )
      assert.doesNotMatch(
        words.join(' '),
        /helper|helfer|your network|deines netz|issue server|invited you|dich eingeladen/i,
      )
      if ('retryAfterMs' in error && error.retryAfterMs !== undefined)
        assert.ok((waitAfter(failure.kind, { failures: 0, retryAfterMs: failure.retryAfterMs }) ?? 0) >= 7_200_000)
    })
  }
})

describe('a stored certificate of a forge', () => {
  test('is used again by the peer that it names, anchored as its forge says', async (t) => {
    const authority = await testAuthority()
    const { peerId: peer } = await newIdentity()
    const dir = join(await temporaryDir(t), 'data')
    await mkdir(dir)
    const bundle = await makeBundle({ authority, names: forgeNames(peer, 'f.example.net'), addresses: ['1.1.1.1'] })
    const forges = [{ domain: 'f.example.net', trustAnchorPem: authority.rootPem }]
    const store = (own = peer, anchored = true) =>
      createCertificateStore({
        ...{ dir, peer: own, clock: manualClock() },
        ...(anchored ? { anchorOf: (names) => forgeOf(forges, names, own) } : {}),
      })
    await store().save(bundle)
    assert.equal((await store().load()).kind, 'good')
    const foreign = await store((await newIdentity()).peerId).load()
    assert.equal(foreign.kind, 'none', 'another peer does not use it, and leaves it where it is')
    assert.equal((await store().load()).kind, 'good')
    // it stays in use after its forge was left, by the root that was kept with it
    assert.equal((await store(peer, false).load()).kind, 'other-network')
    // without that it is a certificate of a test CA like any other
    await writeFile(join(dir, 'certificate.json'), serialiseBundle(bundle))
    const alone = await store(peer, false).load()
    assert.match(alone.kind === 'unusable' ? alone.reason : '', /test CA/)
  })
})

describe('the addresses that people are shown', () => {
  test('are certified in the long form as well, by the name in it', async () => {
    const { peerId: peer } = await newIdentity()
    const names = forgeNames(peer, 'f.example.net')
    const host = names[0].replace('*', '1-1-1-1')
    const address = `/ip4/1.1.1.1/tcp/4430/tls/sni/${host}/ws`
    const node = { addresses: [address], certificate: { names, notAfter: 2 } } as unknown as NodeFacts
    const { list, testUrl } = addressesSlice(node, 1)
    assert.deepEqual(list, [{ address, kind: 'web', host, certified: true }])
    assert.equal(testUrl, `https://${host}:4430/`)
  })
})
