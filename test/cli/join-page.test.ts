// The page that https invitations lead to: it forwards what an invitation says and nothing else.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { formatInvitation, formatPageInvitation, parseInvitation } from '../../proto/invitation.ts'
import { joinPage } from '../../servers/cli/join-page.ts'

const LINK = formatInvitation({
  ...{ zone: 'forge.example.org', name: 'Familie Müller & Co.', issue: [] },
  ...{ broker: 'https://forge.example.org', token: 'abc-DEF_1.2~3' },
})

/** Runs the page's script on a page that was opened with this hash. */
function opened(hash: string) {
  const script = /<script>([^]*?)<\/script>/.exec(joinPage())?.[1] ?? ''
  const elements = ['a.open', 'code', '.whole', '.none', '.cut'].map((selector) => [
    selector,
    { hidden: selector !== '.none' },
  ])
  const page: Record<string, Record<string, unknown>> = Object.fromEntries(elements)
  const location = { hash, href: 'unchanged' }
  const document = { querySelectorAll: (selector: string) => [page[selector]] }
  runInNewContext(script, { location, document })
  return { went: location.href, shown: page['code']?.['textContent'], page }
}

describe('C the page of https invitations', () => {
  test('forwards an invitation to the app as it is, and shows it to be copied', () => {
    const hash = new URL(formatPageInvitation('https://club.example/join', parseInvitation(LINK))).hash
    const { went, shown, page } = opened(hash)
    assert.deepEqual(parseInvitation(went), parseInvitation(LINK))
    assert.equal(shown, went)
    assert.equal(page['a.open']?.['href'], went)
    assert.equal(page['.none']?.['hidden'], true)
  })

  test('shows no button that leads nowhere: what is hidden is hidden, whatever a class says of it', () => {
    assert.match(joinPage(), /\[hidden\] \{ display: none !important \}/)
  })

  for (const hash of [
    ...['', '#', '#javascript:alert(1)', '#https://evil.example/', '#run/example.org?issue=x', '#join/example.org'],
    ...['#join/example.org?name=<img>', '#join/example.org?name="x"', '#join/../../x?issue=1', '#x#join/a.org?issue=1'],
  ]) {
    test(`goes nowhere with ${JSON.stringify(hash)}, and says that the invitation is missing`, () => {
      const { went, page } = opened(hash)
      assert.equal(went, 'unchanged')
      assert.equal(page['.cut']?.['hidden'], false)
      for (const other of ['.none', '.whole', 'a.open']) assert.equal(page[other]?.['hidden'], true, other)
    })
  }
})
