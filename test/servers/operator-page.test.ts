// The operator's page as a person sees it: pictures that say what is so, news that come by themselves to so many windows, and the same
// page without a script. In a real browser, which holds it to its policy.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import { silentLog } from '../../core/log.ts'
import { createDay, SLOT_MS, SLOTS } from '../../servers/admin/day.ts'
import { time } from '../../servers/admin/html.ts'
import { MAX_WINDOWS } from '../../servers/admin/live.ts'
import { backupMark, lookAtMachine } from '../../servers/admin/machine.ts'
import { adminPage } from '../../servers/admin/page.ts'
import { shared } from '../../servers/admin/shared.ts'
import { startAdminServer } from '../../servers/admin/server.ts'
import { openQueryDay } from '../../servers/dns/query-day.ts'
import { NOT_COUNTED } from '../../servers/quota/bucket.ts'
import { openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import { manualClock, type ManualClock, settle } from '../support/manual-clock.ts'
import { brokerOf, issueOf, NOW, OPERATOR_SCENES, restOf, shownOf } from '../support/operator-scenes.ts'
import { openWindow, startBrowser, whyNoBrowser } from '../support/page-host/browser.ts'
import { BROKEN_WORDS } from '../support/page-host/word-faults.ts'
import type { RoleReport } from '../../servers/admin/report.ts'

const DAY_MS = 24 * 3_600_000

/** The page as it reads, without its style, its script and its tags. */
function read(html: string): string {
  const text = html.replaceAll(/<(style|script)>.*?<\/\1>/gs, '').replaceAll(/<[^>]*>/g, ' ')
  return text.replaceAll(/\s+/g, ' ')
}

async function serve(t: TestContext, reports: () => readonly RoleReport[]) {
  const clock = manualClock()
  const server = await startAdminServer({
    // a disk that others write to would be news
    ...{
      zone: 'nt.example.net',
      dir: join(tmpdir(), 'nodetrust-nowhere'),
      clock,
      log: silentLog,
      listen: { host: '127.0.0.1', port: 0 },
    },
    reports: async () => reports(),
  })
  t.after(() => server.stop())
  return { url: server.url, clock, stop: () => server.stop() }
}

/** The server looks once for news; when it sleeps again it is done with that. */
async function look(clock: ManualClock): Promise<void> {
  await clock.advance(3_000)
  while (clock.sleeping === 0) await settle()
}

/** Listens as a window does. */
async function listen(url: string, headers: Record<string, string> = {}, path = '/events') {
  const asked = request(new URL(path, url), { headers, agent: false })
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  response.on('error', () => undefined) // it was broken off
  let text = ''
  const heard: (() => void)[] = []
  response.on('data', (chunk: string) => {
    text += chunk
    for (const wake of heard.splice(0)) wake()
  })
  return {
    status: response.statusCode,
    ended: new Promise<void>((resolve) => response.once('close', resolve)),
    text: () => text,
    end: () => void asked.destroy(),
    /** Comes back once it has heard something. */
    async until(pattern: RegExp) {
      while (!pattern.test(text)) await new Promise<void>((resolve) => heard.push(resolve))
    },
  }
}

describe('what the operator’s page says', () => {
  it('is not counted at a practice CA, wherever a limit is named', () => {
    const page = read(OPERATOR_SCENES.find(({ name }) => name === 'operator-practice')?.page() ?? '')
    assert.match(page, /This CA is for practice: not counted/)
    assert.equal(page.match(/\(not counted\)/g)?.length, 5)
    assert.doesNotMatch(page, new RegExp(`of (${NOT_COUNTED}|1.000.000)`))
  })

  it('is the same figure of the week in the ring, of the issue server and of the broker', () => {
    const page = read(adminPage(shownOf([issueOf(), brokerOf()])))
    assert.equal(page.match(/\b9 +of 50/g)?.length, 3)
  })

  it('is how long ago something was, and to the second where one points at it', () => {
    const { text } = time(NOW - 3.5 * 60_000, NOW)
    assert.match(text, />3 minutes ago</)
    assert.match(text, /title="2026-11-20 11:56:30 UTC"/)
    assert.match(time(NOW - 5 * DAY_MS, NOW).text, />5 days ago</)
    assert.match(time(NOW - 10, NOW).text, />just now</)
  })

  it('is which way of the map fails, in colour and in words', () => {
    const well = adminPage(shownOf([...restOf(), issueOf(), brokerOf()]))
    assert.doesNotMatch(well, /class="way bad"/)
    assert.match(well, /7 ways, nothing fails/)
    const ill = adminPage(shownOf([...restOf(), issueOf({ dnsBehind: 2 }), brokerOf()]))
    assert.equal(ill.match(/class="way bad"/g)?.length, 2, 'once in each of the two drawings')
    assert.match(read(ill), /Issue server to DNS: 2 DNS servers cannot be reached/)
  })

  it('is short for a peer id and its names, with the whole in it', () => {
    const page = adminPage(shownOf([issueOf()]))
    assert.match(page, /<summary title="12D3KooW\w{44}">\s*<span class="code">12D3KooW…\w{6}<\/span>/)
    assert.match(
      page,
      /<span class="code whole">\*\.pw4t9mvzh6onnp01f80botcm2pek713h2prwjb3qx6j9bnak4a4o8\.nt\.example\.net</,
    )
  })

  it('is no invitation where only who was invited by name may register', () => {
    const page = read(adminPage(shownOf([brokerOf()])))
    assert.match(page, /Only those who were invited by name may register/)
    assert.doesNotMatch(page, /nodetrust:\/\/join/)
  })

  it('is when the last backup was made, and what room is left', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-machine-'))
    t.after(() => rm(dir, { recursive: true }))
    const none = await lookAtMachine(dir, NOW)
    assert.match(read(adminPage(shownOf([], { machine: none }))), /Last backup none noted/)
    await writeFile(backupMark(dir), '')
    await utimes(backupMark(dir), new Date(NOW - 2 * DAY_MS), new Date(NOW - 2 * DAY_MS))
    const machine = await lookAtMachine(dir, NOW)
    assert.match(read(adminPage(shownOf([], { machine }))), /Free disk [\d.]+ [GM]iB of .*Last backup 2 days ago/)
    assert.equal((await lookAtMachine(join(dir, 'nowhere'), NOW)).disk, undefined)
  })
})

describe('the last day', () => {
  it('has a place for each quarter of an hour, and what is older falls out', () => {
    let now = NOW
    const day = createDay(() => now)
    day.sample({ all: 4, failed: 1 })
    now += SLOT_MS
    day.sample({ all: 6, failed: 1 })
    assert.deepEqual(day.slots().slice(-2), [
      { all: 4, failed: 1 },
      { all: 2, failed: 0 },
    ])
    now += (SLOTS - 1) * SLOT_MS
    day.sample({ all: 6, failed: 1 })
    assert.deepEqual(day.slots()[0], { all: 2, failed: 0 })
    assert.equal(day.slots().length, SLOTS)
    assert.ok(JSON.parse(day.kept()).length <= SLOTS)
  })

  for (const [what, kept] of [
    ['nothing', undefined],
    ['half a file', '[{"slot":1,'],
    ['another shape', '{"slot":1}'],
    ['what is no count', JSON.stringify([{ slot: Math.floor(NOW / SLOT_MS), all: -1, failed: 'x' }, null, 7])],
    [
      'another time',
      JSON.stringify([
        { slot: 1e15, all: 5, failed: 0 },
        { slot: 3, all: 5, failed: 0 },
      ]),
    ],
  ] as const)
    it(`begins empty with ${what}`, () => {
      const sum = createDay(() => NOW, kept)
        .slots()
        .reduce((all, slot) => all + slot.all, 0)
      assert.equal(sum, 0)
    })

  it('of queries outlives a restart, and no disk that is full stops anything', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-day-'))
    t.after(() => rm(dir, { recursive: true }))
    const clock = manualClock(NOW)
    const first = await openQueryDay({ dir, clock, log: silentLog, totals: () => ({ all: 7, failed: 2 }) })
    await first.stop()
    const second = await openQueryDay({ dir, clock, log: silentLog, totals: () => ({ all: 1, failed: 0 }) })
    assert.deepEqual(second.slots().at(-1), { all: 8, failed: 2 })
    const nowhere = join(dir, 'a-folder-in-its-place')
    await mkdir(join(nowhere, 'dns-day.json'), { recursive: true })
    const third = await openQueryDay({ dir: nowhere, clock, log: silentLog, totals: () => ({ all: 1, failed: 0 }) })
    await third.stop()
    assert.equal((await readFile(join(dir, 'dns-day.json'), 'utf8')).length > 2, true)
  })

  it('of orders, and the certificates that are good, come from the ledger', async (t) => {
    const ledger = openSqliteLedger(':memory:', 'https://ca.example')
    t.after(() => ledger.close())
    const work = { csr: new Uint8Array([1]), spki: 'spki', profile: undefined }
    const open = (name: string, at: number) => ledger.openOrder({ peer: 'peer', names: [name], work, charges: [], at })
    await ledger.closeOrder(await open('a.example', NOW - SLOT_MS), 'failed', NOW, 'CA_REFUSED: no')
    const row = {
      peer: 'peer',
      spki: 'spki',
      chainPem: '',
      certId: undefined,
      account: '',
      askAgainAt: 0,
      explanationUrl: undefined,
    }
    const good = { ...row, notBefore: NOW, notAfter: NOW + 90 * DAY_MS, renewUntil: NOW + 80 * DAY_MS }
    await ledger.finishOrder(
      await open('b.example', NOW),
      { ...good, names: ['b.example'], renewFrom: NOW + 2.5 * DAY_MS },
      NOW,
    )
    await ledger.finishOrder(
      await open('b.example', NOW),
      { ...good, names: ['b.example'], renewFrom: NOW + 3.5 * DAY_MS },
      NOW,
    )
    await ledger.finishOrder(
      await open('c.example', NOW - 2 * DAY_MS),
      { ...good, names: ['c.example'], renewFrom: NOW - 1 },
      NOW,
    )
    assert.deepEqual((await ledger.ordersOfDay(NOW)).slice(-2), [
      { all: 1, failed: 1 },
      { all: 2, failed: 0 },
    ])
    assert.deepEqual(await ledger.certificates(NOW), { valid: 2, renewing: [1, 0, 0, 1, 0, 0, 0] })
    assert.equal((await ledger.certificates(NOW + 91 * DAY_MS)).valid, 0)
  })
})

describe('news for windows', () => {
  it('come when something changed; a window hears in between that the server is still there', async (t) => {
    let reports = [issueOf()]
    const { url, clock } = await serve(t, () => reports)
    const window = await listen(url)
    await window.until(/new names are welcome[^]*\n\n/)
    for (let looks = 0; looks < 5; looks++) await look(clock)
    await window.until(/: still here/)
    reports = [issueOf({ caWaitMs: 3_600_000 })]
    await look(clock)
    await window.until(/The CA asked us to wait/)
    window.end()
  })

  it('go to so many windows, and who leaves makes room', async (t) => {
    const { url } = await serve(t, () => [issueOf()])
    const windows = []
    for (let count = 0; count < MAX_WINDOWS; count++) windows.push(await listen(url))
    const late = await listen(url)
    assert.equal(late.status, 503)
    assert.equal((await fetch(new URL('/health', url))).status, 200, 'others are still answered')
    windows[0]?.end()
    let again = await listen(url)
    while (again.status !== 200) again = await listen(url)
    assert.equal(again.status, 200)
  })

  it('are for the page itself: no other page of this browser takes places', async (t) => {
    const { url } = await serve(t, () => [])
    assert.equal((await listen(url, { 'sec-fetch-site': 'cross-site' })).status, 403)
    assert.equal((await listen(url, { 'sec-fetch-site': 'same-site' })).status, 403)
    assert.equal((await listen(url, { host: 'evil.example' })).status, 403)
    assert.equal((await listen(url, { 'sec-fetch-site': 'same-origin' })).status, 200)
  })

  it('end with the server, at once', async (t) => {
    const { url, stop } = await serve(t, () => [issueOf()])
    const window = await listen(url)
    await stop()
    await window.ended
  })
})

describe('what asking for the page costs', () => {
  it('is one look for all who ask at once, and few for who asks without end', async () => {
    let [looks, nowMs] = [0, 0]
    const gate = Promise.withResolvers<void>()
    const seen = shared(
      async () => {
        const number = ++looks
        await gate.promise
        return number
      },
      () => nowMs,
    )
    const crowd = Array.from({ length: 50 }, () => seen())
    gate.resolve()
    assert.deepEqual(new Set(await Promise.all(crowd)), new Set([1]))
    for (let asked = 0; asked < 100; asked++) await seen()
    assert.equal(looks, 20)
    nowMs += 1_000
    for (let asked = 0; asked < 100; asked++) await seen()
    assert.equal(looks, 22)
  })

  it('is a new look after one that failed', async () => {
    const outcomes = ['fails', 'is seen']
    const seen = shared(async () => {
      const outcome = outcomes.shift()
      if (outcome === 'fails') throw new Error(outcome)
      return outcome
    })
    await assert.rejects(seen(), /fails/)
    assert.equal(await seen(), 'is seen')
  })

  it('is the same for who gives up at once, and others are answered', async (t) => {
    const made = { looks: 0 }
    const gate = Promise.withResolvers<void>()
    const server = await startAdminServer({
      ...{ zone: 'nt.example.net', dir: tmpdir(), clock: manualClock(), log: silentLog },
      listen: { host: '127.0.0.1', port: 0 },
      reports: async () => {
        made.looks++
        await gate.promise
        return [issueOf()]
      },
    })
    t.after(() => server.stop())
    for (let asked = 0; asked < 10; asked++) {
      const given = request(new URL(asked % 2 === 0 ? '/' : '/metrics', server.url), { agent: false })
      given.on('error', () => undefined)
      given.end()
      await once(given, 'finish')
      while (made.looks === 0) await settle()
      given.destroy()
    }
    const health = fetch(new URL('/health', server.url))
    gate.resolve()
    assert.equal((await health).status, 200)
    assert.ok(made.looks <= 2, `${made.looks} looks`)
  })

  it('is nothing for another page of this browser, which may lead a person here and no more', async (t) => {
    let looks = 0
    const { url } = await serve(t, () => {
      looks++
      return [issueOf()]
    })
    const elsewhere = { 'sec-fetch-site': 'cross-site' }
    for (const path of ['/', '/metrics', '/health', '/events']) {
      assert.equal((await listen(url, elsewhere, path)).status, 403, path)
      const frame = { ...elsewhere, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
      assert.equal((await listen(url, frame, path)).status, 403, path)
    }
    assert.equal(looks, 0)
    const visit = { ...elsewhere, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    assert.equal((await listen(url, visit, '/events')).status, 403)
    assert.equal((await listen(url, visit, '/')).status, 200)
  })
})

const whyNot = await whyNoBrowser()
describe('the operator’s page in a browser', { skip: whyNot ?? false }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser({ scrollBars: true })
  })
  after(() => browser.close())

  it('follows by itself, keeps open what was opened, says when the servers are gone, and keeps to its policy', async (t) => {
    let reports = [issueOf()]
    const { url, clock, stop } = await serve(t, () => reports)
    const { context, page } = await openWindow(browser, { size: { width: 1000, height: 700 }, still: false })
    t.after(() => context.close())
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(url)
    await page.getByText('Live: this page follows by itself.').waitFor()
    await page.locator('#issue details.id summary').first().click()
    await page.locator('#issue button.copy').first().click()
    await page.getByText('Copied').waitFor()
    assert.match(String(await page.evaluate('navigator.clipboard.readText()')), /^12D3KooW\w{44}$/)
    await page.evaluate('document.activeElement.blur()')
    reports = [issueOf({ caWaitMs: 3_600_000 })]
    await look(clock)
    await page.getByText('The CA asked us to wait').first().waitFor()
    assert.equal(await page.locator('#issue details.id').first().getAttribute('open'), '')
    assert.deepEqual(complaints, [])
    await stop()
    await page.getByText('The servers do not answer.').waitFor()
  })

  it('fits into windows from 320 to 1400 pixels, without a script as well', async (t) => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    t.after(() => context.close())
    const page = await context.newPage()
    for (const { name, page: html } of OPERATOR_SCENES) {
      await page.setContent(html())
      for (const width of [320, 700, 1400]) {
        await page.setViewportSize({ width, height: 700 })
        const wide = Number(
          await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        )
        assert.equal(wide, 0, `${name} at ${width}`)
        assert.equal(await page.locator('.map svg:visible').count(), 1, `${name} at ${width}`)
      }
    }
  })

  it('breaks no word, whatever is unfolded', async (t) => {
    const { context, page } = await openWindow(browser)
    t.after(() => context.close())
    const found: string[] = []
    for (const { name, page: html } of OPERATOR_SCENES) {
      await page.setContent(html())
      await page.evaluate('for (const fold of document.querySelectorAll("details")) fold.open = true')
      for (const width of [320, 420, 780]) {
        await page.setViewportSize({ width, height: 700 })
        const words: readonly string[] = await page.evaluate(BROKEN_WORDS)
        found.push(...words.map((word) => `${name} at ${width}: ${word}`))
      }
    }
    assert.deepEqual(found, [])
  })
})
