// The web page that https invitations lead to: it says who invites to what, opens the app, notices what was lost, and tells nobody. The reader
// by itself, the page of a real broker in a real browser, and what its server is asked.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { formatInvitation, formatPageInvitation, parseInvitation } from '../../proto/invitation.ts'
import { glanceAt } from '../../proto/invited-glance.ts'
import { JOIN_HEADERS, joinPage } from '../../servers/join/page.ts'
import { ask, startBroker } from '../broker/support.ts'
import { openWindow, startBrowser, whyNoBrowser } from '../support/page-host/browser.ts'

const LINK = formatInvitation({
  ...{ zone: 'forge.example.org', name: 'Familie Müller & Co.', issue: [] },
  ...{ broker: 'https://forge.example.org', token: 'abc-DEF_1.2~3' },
})
const HASH = new URL(formatPageInvitation('https://club.example/join', parseInvitation(LINK))).hash
const PEER = '12D3KooWQFbPJzGoAuiXtTLFXSJzN7XU5gBpV3PkxRrnHNX93oFQ'

const glance = (hash: string) => glanceAt(hash, async (text) => createHash('sha256').update(text).digest('hex'))

/** A whole invitation with words of our own in it. */
function withWords(words: string): string {
  const zone = 'forge.example.org'
  const query = new URLSearchParams(words)
  const text = `${zone}\n${[...query].map(([key, value]) => `${key}=${value}\n`).join('')}`
  query.set('check', createHash('sha256').update(text).digest('hex').slice(0, 8))
  return `#join/${zone}?${query.toString().replaceAll('%2F', '/').replaceAll('%3A', ':')}`
}

describe('C an invitation in the address of a web page', () => {
  it('is read as the app reads it', async () => {
    assert.deepEqual(await glance(HASH), {
      ...{ kind: 'whole', name: 'Familie Müller & Co.', zone: 'forge.example.org' },
      ...{ server: 'forge.example.org', isPersonal: true, link: `nodetrust://${HASH.slice(1)}` },
    })
    const issue = [`/dns4/nt.example.net/tcp/25893/p2p/${PEER}`]
    const other = formatInvitation({ zone: 'nt.example.net', name: 'Club', issue })
    const read = await glance(`#${other}`)
    assert.ok(read.kind === 'whole')
    assert.equal(read.server, 'nt.example.net')
    assert.equal(read.isPersonal, false)
    assert.deepEqual(parseInvitation(read.link).issue, issue)
  })

  it('is noticed wherever it was cut off', async () => {
    for (let end = 2; end < HASH.length; end++)
      assert.equal((await glance(HASH.slice(0, end))).kind, 'cut', HASH.slice(0, end))
  })

  it('is noticed where a letter was lost in the middle', async () => {
    for (const at of [12, 40, 60]) assert.notEqual((await glance(HASH.slice(0, at) + HASH.slice(at + 1))).kind, 'whole')
  })

  it('is whole in every spelling that the app takes', async () => {
    const broken = (hash: string) => hash.replace('?', '#')
    for (const spell of [
      (hash: string) => hash.replace('?', '/?'),
      (hash: string) => hash.replace('?', '.?'),
      (hash: string) => hash.replace('?', './?'),
      (hash: string) => hash.replace('#join/forge.example', '#JOIN/FORGE.Example'),
    ]) {
      const read = await glance(spell(HASH))
      assert.ok(read.kind === 'whole', `${spell(HASH)}: ${read.kind}`)
      assert.deepEqual(parseInvitation(read.link), parseInvitation(LINK))
    }
    assert.equal((await glance(broken(HASH))).kind, 'other')
  })

  it('of a newer version is told as such', async () => {
    assert.equal((await glance(withWords('broker=https://forge.example.org&colour=blue'))).kind, 'newer')
  })

  for (const [hash, kind] of [
    ['', 'none'],
    ['#', 'none'],
    ['#javascript:alert(1)', 'other'],
    ['#https://evil.example/', 'other'],
    ['#run/example.org?issue=x', 'other'],
    ['#join/example.org?name=<img>', 'other'],
    ['#join/example.org?name="x"', 'other'],
    ['#join/../../x?issue=1', 'other'],
    ['#x#join/a.org?issue=1', 'other'],
    [`#join/${'a'.repeat(7_000)}.org?issue=1`, 'other'],
    [withWords('broker=http://forge.example.org'), 'other'],
    [withWords('broker=javascript:alert(1)'), 'other'],
    [withWords('name=Club'), 'other'],
    [withWords('broker=https://forge.example.org&name=bank.example.com'), 'other'],
  ] as const)
    it(`goes nowhere with ${JSON.stringify(hash.slice(0, 70))}`, async () => {
      assert.equal((await glance(hash)).kind, kind)
    })
})

describe('C the page of https invitations', () => {
  it('has the script that its source makes', () => {
    const root = join(import.meta.dirname, '..', '..')
    const { status, stderr } = spawnSync(process.execPath, ['scripts/generate-join.ts', '--check'], {
      cwd: root,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  })

  it('loads nothing, allows its own script and style alone, and says so in the page as well', () => {
    const page = joinPage()
    const policy = JOIN_HEADERS['content-security-policy'] ?? ''
    for (const [element, directive] of [
      ['script', 'script-src'],
      ['style', 'style-src'],
    ] as const) {
      const text = new RegExp(`<${element}>([^]*?)</${element}>`).exec(page)?.[1] ?? ''
      assert.ok(policy.includes(`${directive} 'sha256-${createHash('sha256').update(text).digest('base64')}'`), element)
    }
    assert.ok(policy.startsWith("default-src 'none'") && !/unsafe|https?:|\*/.test(policy), policy)
    assert.match(page, /<meta name="referrer" content="no-referrer">/)
    assert.doesNotMatch(page, /\bsrc=|<link|@import|url\(|style="| on[a-z]+=/)
    assert.doesNotMatch(joinPage('https://a.example/"><script>x</script>'), /"><script>x/)
  })

  it('is shown by a broker at /join, and asked for without a word of the invitation', async (t) => {
    const world = await startBroker(t)
    const { status, body, headers } = await ask(world, { method: 'GET', path: '/join' })
    assert.equal(status, 200)
    assert.equal(body, joinPage())
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/)
    assert.equal((await ask(world, { method: 'POST', path: '/join' })).status, 405)
  })
})

const whyNot = await whyNoBrowser()
describe('C the page of https invitations in a browser', { skip: whyNot ?? false }, () => {
  const visit = async (t: TestContext, locale = 'en-GB') => {
    const world = await startBroker(t)
    const browser = await startBrowser({ scrollBars: true })
    t.after(() => browser.close())
    const { context, page } = await openWindow(browser, { locale, size: { width: 360, height: 640 }, still: false })
    t.after(() => context.close())
    const asked: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => void asked.push(request.url()))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    const open = async (hash: string) => {
      await page.goto('about:blank')
      await page.goto(`${world.url}/join${hash}`)
      await page.locator('[data-kind]').waitFor()
    }
    return { page, open, asked, complaints, origin: world.url }
  }
  const wide = (page: Page) =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

  it('says who invites to what, what the network learns and where the app is, and leads to the app', async (t) => {
    const { page, open, asked, complaints, origin } = await visit(t)
    await open(HASH)
    await page.getByRole('heading', { name: 'Familie Müller & Co. invites you' }).waitFor()
    const text = await page.locator('main').innerText()
    for (const words of [
      'end in forge.example.org',
      'For you alone',
      'What does the network learn',
      'has it for Linux',
    ])
      assert.ok(text.includes(words), `${words} in ${text}`)
    assert.equal(await page.getByText('Open in Nodetrust').getAttribute('href'), LINK)
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Copied').waitFor()
    assert.deepEqual(
      parseInvitation(String(await page.evaluate('navigator.clipboard.readText()'))),
      parseInvitation(LINK),
    )
    assert.equal(await wide(page), 0)
    assert.deepEqual(
      asked.filter((url) => !url.startsWith('about:')).map((url) => url.split('#')[0]),
      [`${origin}/join`],
    )
    assert.deepEqual(complaints, [])
  })

  it('says in the visitor’s language that the end is missing, and leads nowhere', async (t) => {
    const { page, open } = await visit(t, 'de-DE')
    await open(HASH.slice(0, -3))
    await page.getByRole('heading', { name: 'Das Ende dieser Einladung fehlt' }).waitFor()
    assert.equal(await page.getByText('In Nodetrust öffnen').count(), 0)
    assert.equal(await page.locator('#act').isVisible(), false)
    await page.evaluate(`location.hash = ${JSON.stringify(HASH)}`)
    await page.getByRole('heading', { name: 'Familie Müller & Co. lädt dich ein' }).waitFor()
    assert.equal(await wide(page), 0)
  })
})
