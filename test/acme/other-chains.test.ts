// A CA between two roots offers its chain over both (RFC 8555 section 7.4.2). The first that can be used is taken, and what is used
// is in order, whatever lies beside it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { linksOf } from '../../core/acme/links.ts'
import { readChain } from '../../core/x509/index.ts'
import type { CaAnswer } from '../../servers/ca/http.ts'
import { openAuthority } from '../../servers/ca/authority.ts'
import type { Spoil } from '../faults/spoil.ts'
import { jumpingClock, withOwnCa } from '../faults/world.ts'

/** The first so many answers with the certificate are spoilt, each with links to others. */
function spoilt(count: number, links: string, spoil: (pem: string) => string): Spoil {
  let left = count
  return {
    after: ({ kind, path = '' }, answer): CaAnswer =>
      kind === 'certificate' && left-- > 0
        ? {
            ...answer,
            headers: { ...answer.headers, link: links.replace('SAME', path) },
            body: spoil(String(answer.body)),
          }
        : answer,
  }
}

const leafAlone = (pem: string) => pem.slice(0, pem.indexOf('-----END CERTIFICATE-----') + 26)
const asked = (world: { readonly requests: readonly string[] }) =>
  world.requests.filter((one) => one === 'POST certificate').length

describe('a certificate with several chains', () => {
  test('B4 is used with the first that leads to the anchor', async () => {
    await withOwnCa(spoilt(1, '<?1>;rel="alternate", <SAME>; rel=alternate', leafAlone), async (world) => {
      const { chainPem } = await world.issue()
      assert.equal(readChain(chainPem).length, 2)
      assert.equal(asked(world), 3)
    })
  })

  test('B4 is not asked for the others where the first is good', async () => {
    await withOwnCa(
      spoilt(1, '<?1>;rel="alternate"', (pem) => pem),
      async (world) => {
        await world.issue()
        assert.equal(asked(world), 1)
      },
    )
  })

  test('B4 is refused for what is wrong with the first where none is good, after a few', async () => {
    const links = Array.from({ length: 100 }, (_, index) => `<?${index}>;rel="alternate"`).join(', ')
    await withOwnCa(spoilt(1_000, links, leafAlone), async (world) => {
      await assert.rejects(world.issue(), { name: 'CertificateError', code: 'broken-chain' })
      assert.equal(asked(world), 5)
    })
  })

  test('B4 is used though an alternate chain cannot be had', async () => {
    const spoil = spoilt(1, '<https://127.0.0.1:1/>;rel="alternate", <SAME>;rel="alternate"', leafAlone)
    await withOwnCa(spoil, async (world) => {
      await world.issue()
    })
  })

  test('B4 is kept in order and without what is superfluous', async () => {
    const other = await openAuthority({ clock: jumpingClock() })
    const shuffled = (pem: string) =>
      `${other.rootPem}${pem.slice(leafAlone(pem).length)}\n${leafAlone(pem)}\n${leafAlone(pem)}`
    await withOwnCa(spoilt(1, '', shuffled), async (world) => {
      const { chainPem, facts } = await world.issue()
      const [leaf, ...issuers] = readChain(chainPem)
      assert.equal(leaf.fingerprint256, facts.fingerprint)
      assert.equal(issuers.length, 1)
    })
  })
})

describe('a certificate', () => {
  const BETWEEN: Readonly<Record<string, (pem: string) => string>> = {
    'words before each': (pem) => pem.replaceAll('-----BEGIN', 'subject=CN=x\nissuer=CN=y\n\n-----BEGIN'),
    'a comment before all': (pem) => `# the chain\n${pem}`,
    'a zero byte behind it': (pem) => `${pem}\0`,
    'empty lines in it': (pem) => pem.replaceAll('-----END', '\n-----END'),
    'each a dozen times': (pem) => pem.repeat(12),
    'another that nobody can read': (pem) => `${pem}-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n`,
  }
  for (const [what, spoil] of Object.entries(BETWEEN)) {
    test(`B4 with ${what} is used without that`, async () => {
      await withOwnCa(spoilt(1_000, '', spoil), async (world) => {
        const { chainPem } = await world.issue()
        assert.match(chainPem, /^(-----BEGIN CERTIFICATE-----\n[\w+/=\n]+\n-----END CERTIFICATE-----\n){2}$/)
        assert.doesNotMatch(chainPem, /\n\n/)
      })
    })
  }

  for (const [what, spoil] of Object.entries({
    'a key': (pem: string) => `${pem}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
    'half of its issuer': (pem: string) => pem.slice(0, leafAlone(pem).length + 100),
    'the dashes of its issuer': (pem: string) => pem.slice(0, leafAlone(pem).length + 4),
  })) {
    test(`B4 with ${what} is asked for again`, async () => {
      await withOwnCa(spoilt(1, '', spoil), async (world) => {
        assert.equal(readChain((await world.issue()).chainPem).length, 2)
        assert.equal(asked(world), 2)
      })
    })
  }

  test('B4 that comes alone is refused though no root is named, and taken with another chain', async () => {
    const anchors = { trustAnchorPem: undefined }
    await withOwnCa(spoilt(1_000, '', leafAlone), async (world) => {
      await assert.rejects(world.issue(anchors), { name: 'CertificateError', code: 'broken-chain' })
    })
    await withOwnCa(spoilt(1, '<SAME>;rel="alternate"', leafAlone), async (world) => {
      assert.equal(readChain((await world.issue(anchors)).chainPem).length, 2)
    })
  })
})

describe('a Link header', () => {
  const of = (link: string, rel = 'alternate') => linksOf({ link }, rel, 'https://ca.example/a/b')

  test('B4 is read as RFC 8288 writes it, relative to its request and only for https', () => {
    assert.deepEqual(of('<c>; rel="alternate"'), ['https://ca.example/a/c'])
    assert.deepEqual(of('</c>;title="a, b; rel=none";rel=alternate;x'), ['https://ca.example/c'])
    assert.deepEqual(of('<c>;rel="index ALTERNATE", <d>;rel=up'), ['https://ca.example/a/c'])
    assert.deepEqual(of('<http://ca.example/c>;rel=alternate, <javascript:x>;rel=alternate'), [])
    assert.deepEqual(of('c;rel=alternate, <>;rel=alternate, <c>'), [])
    assert.deepEqual(of('</terms>; rel="terms-of-service"', 'terms-of-service'), ['https://ca.example/terms'])
    assert.equal(of(Array.from({ length: 50 }, (_, index) => `<${index}>;rel=alternate`).join()).length, 10)
  })

  test('B4 of any length is read in a moment', () => {
    const began = performance.now()
    for (const text of [
      '<'.repeat(100_000),
      `<a>${';'.repeat(100_000)}`,
      `<a>${'; a'.repeat(50_000)}`,
      `<a>;a="${'x'.repeat(100_000)}`,
    ])
      of(text)
    assert.ok(performance.now() - began < 1_000)
  })
})
