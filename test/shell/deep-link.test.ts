// S21: links that start the app. Whatever a web page makes the system hand over, it is an invitation or nothing.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { formatInvitation, parseInvitation } from '../../proto/invitation.ts'
import { pageFragment, VIEWS } from '../../proto/page-fragment.ts'
import { readWay } from '../../renderer/way.ts'
import { deepLinkOf, parseDeepLink, startsHidden } from '../../main/shell/deep-link.ts'

const PEER = '12D3KooWNgBS9GfYrg2xnLoUG8deZ4d7jyRrzSVQ187mM2viPD9j'
const LINK = formatInvitation({
  ...{ zone: 'example.org', name: 'The club' },
  issue: [`/dns4/issue.example.org/tcp/4431/p2p/${PEER}`],
})

describe('S21 a deep link', () => {
  it('is found in the words of a first or second start, wherever it stands', () => {
    for (const argv of [[LINK], ['--hidden', LINK], ['/opt/app', '--enable-features=x', LINK, '--', 'more']]) {
      assert.deepEqual(deepLinkOf(argv), { kind: 'join', invitation: LINK })
    }
    assert.deepEqual(deepLinkOf([LINK.replace('nodetrust', 'NodeTrust')])?.kind, 'join')
  })

  it('is nothing where there is none, and other words are not looked at', () => {
    for (const argv of [[], ['/opt/app'], ['--inspect=0'], ['https://example.org/'], ['--join=x', 'join']]) {
      assert.equal(deepLinkOf(argv), undefined)
    }
  })

  it('knows the verb "join" only, and no second link', () => {
    for (const text of [
      LINK.replace('//join/', '//leave/'),
      LINK.replace('//join/', '//reset/'),
      'nodetrust:',
      'nodetrust://',
      'nodetrust://join/',
      'nodetrust:join/example.org',
      `${LINK}&confirm=yes`,
      `${LINK}#fragment`,
      LINK.replace('issue=', 'issue=%00'),
      `nodetrust://join/example.org?issue=${'x'.repeat(7_000)}`,
    ]) {
      assert.equal(parseDeepLink(text).kind, 'wrong', text.slice(0, 80))
    }
    assert.equal(deepLinkOf([LINK, LINK])?.kind, 'wrong')
  })

  it('never throws, and what it lets through is an invitation', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('nodetrust://', 'nodetrust:', 'join/', '?issue=', '&name=', '/p2p/', PEER, '%', '\0', '..', '#'),
    )
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((parts) => parts.join('')),
      fc.array(piece).map((parts) => `nodetrust://join/${parts.join('')}`),
      fc.tuple(fc.nat(LINK.length), fc.string()).map(([at, text]) => LINK.slice(0, at) + text + LINK.slice(at)),
    )
    fc.assert(
      fc.property(fc.array(anything), (argv) => {
        const link = deepLinkOf(argv)
        if (link?.kind === 'join') assert.equal(parseInvitation(link.invitation).issue.length > 0, true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('shows the window even where it would start hidden', () => {
    assert.equal(startsHidden([], false), false)
    assert.equal(startsHidden(['--hidden'], false), true)
    assert.equal(startsHidden([], true), true)
    assert.equal(startsHidden(['--hidden', LINK], true), false)
  })
})

describe('the fragment of the page', () => {
  it('carries any invitation and every view to the page', () => {
    for (const view of VIEWS) assert.deepEqual(readWay(pageFragment({ view })), { to: 'view', view })
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 1_000 }), (invitation) => {
        assert.deepEqual(readWay(pageFragment({ invitation })), { to: 'invitation', invitation })
      }),
    )
  })
})
