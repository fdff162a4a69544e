// Chains as CAs send them: with what has expired, what is signed by two roots, in any order, twice. One path of issuers that is good
// now is enough; what lies beside it is left out.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { CertificateError, createBundle, parseBundle, serialiseBundle, usableChain } from '../../core/x509/index.ts'
import { verifyChain } from '../../core/x509/index.ts'
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  webCrypto,
  X509CertificateGenerator,
} from '../../core/x509/peculiar.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const NAME = 'peer.example.net'
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

type Keys = Awaited<ReturnType<typeof newKeys>>

const newKeys = () => webCrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

let serial = 1

/** A certificate in PEM: `of` is who it is for, `by` who signs it. */
async function certificate(init: {
  readonly of: readonly [subject: string, keys: Keys]
  readonly by: readonly [issuer: string, keys: Keys]
  readonly ca?: boolean
  readonly from?: number
  readonly to?: number
  readonly name?: string
}): Promise<string> {
  const {
    of: [subject, keys],
    by: [issuer, signer],
    ca = true,
    from = -DAY_MS,
    to = 365 * DAY_MS,
    name = NAME,
  } = init
  const made = await X509CertificateGenerator.create(
    {
      ...{ subject, issuer, serialNumber: (serial++).toString(16).padStart(4, '0'), signingAlgorithm: ALGORITHM },
      ...{ notBefore: new Date(NOW + from), notAfter: new Date(NOW + to) },
      ...{ publicKey: keys.publicKey, signingKey: signer.privateKey },
      extensions: [
        new BasicConstraintsExtension(ca, undefined, true),
        ...(ca ? [] : [new SubjectAlternativeNameExtension([{ type: 'dns', value: name }])]),
      ],
    },
    webCrypto,
  )
  return `${made.toString('pem')}\n`
}

const [ROOT, OLD, MIDDLE, OTHER] = ['CN=Root', 'CN=Old Root', 'CN=Middle', 'CN=Other'] as const

/** What there is: a leaf below an intermediate, which a root signed and an older one, too. */
async function makeAll() {
  const [root, old, middle, leafKeys, other] = await Promise.all([
    newKeys(),
    newKeys(),
    newKeys(),
    newKeys(),
    newKeys(),
  ])
  const key = Buffer.from(await webCrypto.subtle.exportKey('pkcs8', leafKeys.privateKey))
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${key.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
  const leaf = ['CN=leaf', leafKeys] as const
  const by = { root: [ROOT, root], old: [OLD, old], middle: [MIDDLE, middle], other: [OTHER, other] } as const
  const made = {
    leaf: certificate({ of: leaf, by: by.middle, ca: false, from: -HOUR_MS, to: 90 * DAY_MS }),
    middle: certificate({ of: by.middle, by: by.root }),
    /** Made just now, younger than the leaf, which is dated an hour back. */
    youngMiddle: certificate({ of: by.middle, by: by.root, from: -60_000 }),
    expiredMiddle: certificate({ of: by.middle, by: by.root, from: -9 * DAY_MS, to: -DAY_MS }),
    middleByOld: certificate({ of: by.middle, by: by.old }),
    root: certificate({ of: by.root, by: by.root }),
    /** The same root, signed by the old one. */
    rootByOld: certificate({ of: by.root, by: by.old }),
    expiredRootByOld: certificate({ of: by.root, by: by.old, from: -9 * DAY_MS, to: -DAY_MS }),
    old: certificate({ of: by.old, by: by.old }),
    expiredOld: certificate({ of: by.old, by: by.old, from: -9 * DAY_MS, to: -DAY_MS }),
    other: certificate({ of: by.other, by: by.other }),
    otherLeaf: certificate({ of: ['CN=someone', other], by: by.other, ca: false }),
  }
  const entries = Object.entries(made).map(async ([name, pem]) => [name, await pem] as const)
  return {
    keyPem,
    by,
    leaf,
    pem: Object.fromEntries(await Promise.all(entries)) as { [One in keyof typeof made]: string },
  }
}

type Name = keyof Awaited<ReturnType<typeof makeAll>>['pem']

const fails = (code: string) => (error: unknown) => error instanceof CertificateError && error.code === code

describe('a chain of several certificates', () => {
  let all: Awaited<ReturnType<typeof makeAll>>
  before(async () => {
    all = await makeAll()
  })
  const text = (names: readonly Name[]) => names.map((name) => all.pem[name]).join('')
  const used = (names: readonly Name[], anchor?: Name) =>
    usableChain({
      ...{ chainPem: text(names), names: [NAME], keyPem: all.keyPem, now: NOW },
      trustAnchorPem: anchor === undefined ? undefined : all.pem[anchor],
    }).chainPem
  const same = (actual: string, names: readonly Name[]) =>
    assert.equal(actual.replaceAll(/\s/g, ''), text(names).replaceAll(/\s/g, ''))

  const GOOD: readonly (readonly [what: string, sent: readonly Name[], path: readonly Name[], anchor?: Name])[] = [
    ['is used as it came', ['leaf', 'middle'], ['leaf', 'middle']],
    ['with its root is used as it came', ['leaf', 'middle', 'root'], ['leaf', 'middle', 'root']],
    ['with its root is used up to that anchor', ['leaf', 'middle', 'root'], ['leaf', 'middle'], 'root'],
    [
      'with an expired root at its end is used without it',
      ['leaf', 'middleByOld', 'expiredOld'],
      ['leaf', 'middleByOld'],
    ],
    [
      'with an expired cross-sign at its end is used without it',
      ['leaf', 'middle', 'expiredRootByOld'],
      ['leaf', 'middle'],
    ],
    [
      'with an expired cross-sign leads to its anchor',
      ['leaf', 'middle', 'expiredRootByOld'],
      ['leaf', 'middle'],
      'root',
    ],
    ['with a cross-sign leads to the newer root', ['leaf', 'middle', 'rootByOld'], ['leaf', 'middle'], 'root'],
    [
      'with a cross-sign leads to the older root',
      ['leaf', 'middle', 'rootByOld'],
      ['leaf', 'middle', 'rootByOld'],
      'old',
    ],
    [
      'with an intermediate of two roots leads to either',
      ['leaf', 'middle', 'middleByOld'],
      ['leaf', 'middleByOld'],
      'old',
    ],
    [
      'with an expired and a good intermediate takes the good one',
      ['leaf', 'expiredMiddle', 'middle'],
      ['leaf', 'middle'],
    ],
    ['with a superfluous certificate is used without it', ['leaf', 'middle', 'other'], ['leaf', 'middle']],
    [
      'with an expired one beside the path is used without it',
      ['leaf', 'expiredOld', 'middle'],
      ['leaf', 'middle'],
      'root',
    ],
    ['with each twice is used once', ['leaf', 'leaf', 'middle', 'middle'], ['leaf', 'middle']],
    ['in the wrong order is put in order', ['root', 'middle', 'leaf'], ['leaf', 'middle', 'root']],
    ['behind another leaf is found by its key', ['otherLeaf', 'other', 'leaf', 'middle'], ['leaf', 'middle']],
    ['whose intermediate is younger than its leaf is used', ['leaf', 'youngMiddle'], ['leaf', 'youngMiddle'], 'root'],
  ]
  for (const [what, sent, path, anchor] of GOOD) {
    test(`B4 ${what}${anchor === undefined ? '' : ` (anchored at ${anchor})`}`, () => {
      const chainPem = used(sent, anchor)
      same(chainPem, path)
      // and what is stored of it is good when it is read again
      const bundle = createBundle({ keyPem: all.keyPem, chainPem, addresses: [], obtainedAt: NOW, source: 'test' })
      assert.equal(parseBundle(serialiseBundle(bundle)).chainPem, chainPem)
    })
  }

  const BAD: readonly (readonly [what: string, sent: readonly Name[], code: string, anchor?: Name])[] = [
    ['whose only intermediate has expired', ['leaf', 'expiredMiddle'], 'expired'],
    ['whose only intermediate has expired, with its root', ['leaf', 'expiredMiddle', 'root'], 'expired', 'root'],
    ['that leads to the other root', ['leaf', 'middle'], 'broken-chain', 'old'],
    ['that leads to an anchor over what has expired', ['leaf', 'middle', 'expiredRootByOld'], 'expired', 'old'],
    ['that leads to an anchor that has expired', ['leaf', 'middleByOld'], 'expired', 'expiredOld'],
    ['without its intermediate', ['leaf', 'root'], 'broken-chain'],
    ['without its intermediate, though the anchor is known', ['leaf'], 'broken-chain', 'root'],
    ['of others', ['leaf', 'other'], 'broken-chain'],
  ]
  for (const [what, sent, code, anchor] of BAD) {
    test(`B4 ${what} is refused (${code})`, () => {
      assert.throws(() => used(sent, anchor), fails(code))
    })
  }

  test('B4 is found among others of the same key: the one with the names, in its time', async () => {
    const make = (init: { readonly from?: number; readonly to?: number; readonly name?: string }) =>
      certificate({ of: all.leaf, by: all.by.middle, ca: false, ...init })
    const beside = await Promise.all([
      make({ from: -9 * DAY_MS, to: -DAY_MS }),
      make({ from: DAY_MS }),
      make({ name: 'x.example' }),
    ])
    for (const other of beside) {
      const check = { names: [NAME], keyPem: all.keyPem, now: NOW, trustAnchorPem: all.pem.root }
      const { chainPem } = usableChain({ ...check, chainPem: other + text(['leaf', 'middle']) })
      same(chainPem, ['leaf', 'middle'])
      assert.throws(() => usableChain({ ...check, chainPem: other + text(['middle']) }), CertificateError)
    }
  })

  test('B4 is judged beside certificates whose keys nobody knows', async () => {
    const strange = (pem: string) => {
      const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64').toString('hex')
      const bytes = Buffer.from(der.replace('06072a8648ce3d0201', '06072a8648ce3d027f'), 'hex')
      return `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`
    }
    const check = { names: [NAME], keyPem: all.keyPem, now: NOW, trustAnchorPem: all.pem.root }
    for (const chainPem of [
      strange(all.pem.otherLeaf) + text(['leaf', 'middle']),
      text(['leaf']) + strange(all.pem.middleByOld) + text(['middle']),
    ]) {
      same(usableChain({ ...check, chainPem }).chainPem, ['leaf', 'middle'])
    }
    assert.throws(() => usableChain({ ...check, chainPem: strange(all.pem.leaf) }), fails('key-mismatch'))
  })

  test('B4 that cannot be read is no wrong one: it may have been spoilt on its way', () => {
    const spoiltLeaf = all.pem.leaf.replace(/\n[\w+/=]{20}/, '\nAAAAAAAAAAAAAAAAAAAA')
    const check = { names: [NAME], keyPem: all.keyPem, now: NOW, chainPem: spoiltLeaf + text(['middle']) }
    assert.throws(() => usableChain(check), fails('not-pem'))
  })

  test('B4 of ten that all sign one another is judged in a moment', async () => {
    const keys = await Promise.all(Array.from({ length: 3 }, newKeys))
    const rings = keys.flatMap((one, of) =>
      keys.map((other, by) => ({ of: [`CN=r${of}`, one], by: [`CN=r${by}`, other] }) as const),
    )
    const ring = await Promise.all(rings.map(({ of, by }) => certificate({ of, by })))
    const [first] = rings
    assert.ok(first)
    const leaf = await certificate({ of: all.leaf, by: first.of, ca: false })
    const check = { chainPem: leaf + ring.join(''), names: [NAME], keyPem: all.keyPem, now: NOW }
    verifyChain(check)
    assert.throws(() => verifyChain({ ...check, trustAnchorPem: all.pem.root }), fails('broken-chain'))
  })
})

describe('the issuer of a certificate', () => {
  const issued = async (issuer: string, subject = 'CN=leaf') => {
    const [keys, leafKeys] = [await newKeys(), await newKeys()]
    const leaf = await certificate({ of: [subject, leafKeys], by: [issuer, keys], ca: false })
    const chainPem = leaf + (await certificate({ of: [issuer, keys], by: [issuer, keys] }))
    return () => verifyChain({ chainPem, names: [NAME], now: NOW, production: true })
  }

  for (const issuer of [
    "CN=(STAGING) Wannabe Watercress R11, O=(STAGING) Let's Encrypt, C=US",
    'CN=(STAGING) Pretend Pear X1',
    'CN=Fake LE Intermediate X1',
    'CN=Pebble Intermediate CA 2f4a9c',
    'CN=Pebble Root CA 0a1b2c',
    'CN=Nodetrust Sandbox Intermediate (not trusted)',
  ]) {
    test(`B4 ${issuer} is a test CA`, async () => {
      assert.throws(await issued(issuer), fails('test-issuer'))
    })
  }

  for (const [issuer, subject] of [
    ['CN=Good CA', 'CN=staging.example.net'],
    ['CN=Good CA', 'CN=pebble.example.net, O=Pebble Root CA'],
    ['CN=Good CA', 'CN=(STAGING) my peer, O=not trusted'],
    ['CN=staging.example CA', 'CN=peer.staging.example'],
    ['CN=pebble.example Issuing CA', 'CN=x'],
    ['CN=Staging Post Trust Services G2', 'CN=x'],
    ['CN=Pebble Beach Trust, O=Not Trusted Lightly Ltd', 'CN=x'],
  ] as const) {
    test(`B4 ${issuer} is none, whatever its customer is called (${subject})`, async () => {
      const check = await issued(issuer, subject)
      check()
    })
  }
})
