// How the page behaves: with its node, without it, by keyboard, and with what people type. The real page in Chromium.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { API_VERSION, ApiError, type Role } from '../../proto/api/index.ts'
import { buildRenderer } from '../../scripts/build.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { openWindow, startBrowser, whyNoBrowser } from '../support/page-host/browser.ts'
import { startPageHost, type PageHost } from '../support/page-host/page-host.ts'
import { NOW, SCENES, SERVING } from '../support/page-host/states.ts'
import type { Browser, BrowserContext, Page } from 'playwright-core'

const why = await whyNoBrowser()
const FIRST_RUN = SCENES.find(({ name }) => name === 'first-run')?.state ?? SERVING
const INVITATION = 'nodetrust://join/sonnenhof.example?issue=/dns4/issue.sonnenhof.example/tcp/4433/p2p/12D3'

describe('the page', { skip: why }, () => {
  let browser: Browser
  let pageDir = ''
  let host: PageHost
  let context: BrowserContext
  let page: Page
  let wrong: string[] = []

  before(async () => {
    pageDir = (await buildRenderer()).path
    browser = await startBrowser()
  })

  after(() => browser.close())

  const open = async (state = SERVING, init: { role?: Role; api?: number } = {}): Promise<void> => {
    host = await startPageHost({ pageDir, state, ...init })
    await page.goto(host.link())
    if (init.api === undefined) await page.locator('.app[data-view]').waitFor()
  }
  const untilCalled = async (method: string, times = 1) => {
    const deadline = performance.now() + 8_000
    while (host.calls.filter((call) => call.method === method).length < times) {
      assert.ok(performance.now() < deadline, `${method} was not called`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const goTo = (view: string) => page.evaluate(`location.hash = '#${view}'`)
  const heading = (name: string) => page.getByRole('heading', { level: 1, name })

  beforeEach(async () => {
    wrong = []
    ;({ context, page } = await openWindow(browser))
    page.setDefaultTimeout(8_000)
    page.on('pageerror', (error) => wrong.push(error.message))
    page.on('console', (message) => {
      if (/Content Security|Trusted/i.test(message.text())) wrong.push(message.text())
    })
  })

  afterEach(async () => {
    await context.close()
    await host.stop()
    assert.deepEqual(wrong, [])
  })

  it('uses the code of a link once, whatever else makes it try again meanwhile', async () => {
    await open()
    let asked = 0
    let goOn = () => {}
    const heard = new Promise<void>((resolve) => (goOn = resolve))
    let answer = () => {}
    const mayAnswer = new Promise<void>((resolve) => (answer = resolve))
    await page.route('**/session', async (route) => {
      asked += 1
      if (asked > 1) return await route.continue()
      const response = await route.fetch()
      goOn()
      await mayAnswer
      await route.fulfill({ response })
    })
    await page.goto(host.link())
    await heard
    await page.evaluate("void window.dispatchEvent(new Event('online'))")
    // what was asked because of that was asked before this
    await page.evaluate("fetch('/', { method: 'HEAD' }).then(() => undefined)")
    answer()
    assert.equal(asked, 1)
    await goTo('settings')
    await heading('Settings').waitFor()
  })

  it('takes the code out of the address before it shows anything', async () => {
    await open()
    await heading('Browsers trust this computer').waitFor()
    assert.doesNotMatch(page.url(), /t=/)
    assert.equal(await page.evaluate('history.length > 0 && sessionStorage.length'), 1)
    assert.equal(await page.evaluate('document.cookie.length'), 0)
    // beside how the program is called, for the page that is shown when it has ended (renderer/form.ts)
    const kept = (await page.evaluate('JSON.stringify(localStorage)')) as string
    assert.deepEqual(Object.keys(JSON.parse(kept) as object), ['nodetrust.form'])
    assert.deepEqual(
      Object.keys(JSON.parse((JSON.parse(kept) as Record<string, string>)['nodetrust.form'] ?? '{}') as object).sort(),
      ['host', 'own'],
    )
  })

  it('stays where it was when it is loaded again', async () => {
    await open()
    await page.getByRole('link', { name: 'Peers', exact: true }).click()
    await page.reload()
    await heading('Peers').waitFor()
  })

  it('says so when the node does not answer, and goes on when it does', async () => {
    await open()
    await heading('Browsers trust this computer').waitFor()
    host.pause(true)
    await page.getByRole('alert').getByText('The node does not answer').waitFor()
    host.pause(false)
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })

  it('asks to be opened again after the node was started anew', async () => {
    await open()
    await heading('Browsers trust this computer').waitFor()
    host.restart()
    await heading('Open this page again').waitFor()
    await page.getByText('nodetrust open').waitFor()
    assert.equal(await page.evaluate('sessionStorage.length'), 0)
    await page.goto(host.link())
    await heading('Browsers trust this computer').waitFor()
  })

  it('asks to be opened again for a code that was used', async () => {
    host = await startPageHost({ pageDir, state: SERVING })
    await page.goto(`${host.origin}/#t=used`)
    await heading('Open this page again').waitFor()
  })

  it('asks to be loaded again by a node of another version', async () => {
    await open(SERVING, { api: API_VERSION + 1 })
    await heading('Nodetrust was updated').waitFor()
  })

  it('asks for everything when a push was missed', async () => {
    await open()
    await heading('Browsers trust this computer').waitFor()
    host.skip({ peers: { known: 1, connected: 1, dht: false, list: [] } })
    await page.getByText('1 peer connected').waitFor()
  })

  it('lets a viewer look and change nothing', async () => {
    await open(SERVING, { role: 'viewer' })
    await page.getByText('This page may look, but change nothing.').waitFor()
    await page.goto(`${host.origin}/#settings`)
    await page.getByLabel('Port for browsers').waitFor()
    assert.ok(await page.getByLabel('Port for browsers').isDisabled())
    assert.equal(await page.getByRole('button', { name: 'Start over' }).count(), 0)
    assert.deepEqual(host.calls, [])
  })

  it('goes from page to page by keyboard, and the focus comes along', async () => {
    await open()
    await heading('Browsers trust this computer').waitFor()
    for (const title of ['Certificate', 'Addresses', 'Peers', 'Activity', 'Settings']) {
      await page.getByRole('link', { name: title, exact: true }).first().focus()
      await page.keyboard.press('Enter')
      await heading(title).waitFor()
      assert.equal(await page.evaluate('document.activeElement.textContent'), title)
      await eventually(`the title ${title}`, async () => (await page.title()) === `${title} – Nodetrust`)
    }
    await page.goto(`${host.origin}/#reachability`)
    await heading('Reachability').waitFor()
    await page.keyboard.press('Escape')
    await heading('Addresses').waitFor()
  })

  it('leaves the keys of a browser’s tabs to the browser', async () => {
    await open()
    await heading('Browsers trust this computer').waitFor()
    await page.evaluate(`addEventListener('keydown', (event) => (window.taken = event.defaultPrevented))`)
    for (const key of ['2', '5', ',']) {
      await page.keyboard.press(`Control+${key}`)
      assert.equal(await page.evaluate('window.taken'), false, key)
    }
    assert.equal(new URL(page.url()).hash, '#home')
  })

  it('keeps the focus in a dialog and gives it back', async () => {
    await open()
    await goTo('peers')
    const button = page.getByRole('button', { name: 'Add a peer' })
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    assert.ok(await page.evaluate('document.querySelector("dialog").contains(document.activeElement)'))
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Add a peer')
  })

  it('finds one of two hundred peers, and draws no more than a person looks at', async () => {
    const [one] = SERVING.peers.list
    assert.ok(one)
    const list = Array.from({ length: 200 }, (_, at) => ({
      ...one,
      peerId: `12D3KooWpeer${String(at).padStart(3, '0')}x`,
    }))
    await open({ ...SERVING, peers: { known: 200, connected: 200, dht: false, list } })
    await goTo('peers')
    await page.locator('.peer-fold').first().waitFor()
    assert.equal(await page.locator('.peer-fold').count(), 50)
    assert.equal(await page.locator('.peer-more').count(), 0)
    const search = page.getByRole('searchbox')
    await search.fill('PEER173')
    await page.getByText('One peer found').waitFor()
    assert.equal(await page.locator('.peer-fold').count(), 1)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.locator('.peer-more').getByText('12D3KooWpeer173x').first().waitFor()
    await search.fill('nobody')
    await page.getByText('0 peers found').waitFor()
    await search.fill('')
    await page.getByRole('button', { name: 'Show all' }).click()
    assert.equal(await page.locator('.peer-fold').count(), 200)
  })

  it('shows steps as they come and ends them on request', async () => {
    const working = SCENES.find(({ name }) => name === 'home-working')?.state ?? SERVING
    await open(working)
    assert.equal(await page.locator('[aria-current="step"]').getAttribute('data-step'), 'validate')
    await page.getByRole('button', { name: 'Cancel' }).click()
    host.push({ certificate: SERVING.certificate })
    await heading('Browsers trust this computer').waitFor()
    assert.deepEqual(host.calls, [{ method: 'certificate.cancel', input: {} }])
    await page.getByRole('status').getByText('Browsers trust this computer.').waitFor()
  })

  it('keeps the running step in sight where the steps have to scroll', async () => {
    const working = SCENES.find(({ name }) => name === 'home-working')?.state ?? SERVING
    const { attempt } = working.certificate
    assert.ok(attempt)
    const running = (at: number): typeof working => ({
      ...working,
      certificate: {
        ...working.certificate,
        attempt: {
          ...attempt,
          steps: attempt.steps.map((step, index) => ({
            ...step,
            status: index < at ? 'done' : index === at ? 'now' : 'waiting',
          })),
        },
      },
    })
    await page.setViewportSize({ width: 360, height: 480 })
    await open(running(0))
    for (const at of [6, 0, 3]) {
      host.show(running(at))
      await page.locator(`[aria-current="step"][data-step="${attempt.steps[at]?.name ?? ''}"]`).waitFor()
      // it is scrolled after it was drawn
      const seen = `(() => {
        const step = document.querySelector('[aria-current="step"]').getBoundingClientRect()
        const foot = document.querySelector('.pinned').getBoundingClientRect()
        const view = document.querySelector('.view').getBoundingClientRect()
        return step.top >= view.top - 1 && step.bottom <= foot.top + 1
      })()`
      await eventually(`step ${at + 1} in sight`, async () => (await page.evaluate(seen)) === true)
    }
  })

  it('says that another forge is asked while it is, above steps in that way’s order', async () => {
    await open(SCENES.find(({ name }) => name === 'home-working-next-forge')?.state ?? SERVING)
    await page
      .getByRole('status')
      .getByText('libp2p.direct is not available. Now we ask peers.sonnenhof.example.')
      .waitFor()
    const names = await page
      .locator('[data-step]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-step')))
    assert.deepEqual(names, ['reach', 'order', 'prove', 'publish', 'validate', 'finish', 'serve'])
  })

  it('offers another network where a forge has been silent for long, and not where there is no internet', async () => {
    const silent = SCENES.find(({ name }) => name === 'home-silent-forge')?.state ?? SERVING
    await open(silent)
    await page.getByText('libp2p.direct has not answered since 20 October 2026.').waitFor()
    await page.getByText('Your certificate works until it expires.').waitFor()
    host.push({
      certificate: { ...silent.certificate, life: { ...silent.certificate.life, state: 'offline' } },
    })
    await page.getByText('has not answered since').waitFor({ state: 'detached' })
    host.push({ certificate: silent.certificate })
    await page.getByRole('button', { name: 'Use another network' }).click()
    await page.getByRole('heading', { name: 'Choose another network' }).waitFor()
    assert.equal(await page.getByRole('radio').count(), 3)
    assert.deepEqual(host.calls, [], 'nothing is asked or changed by looking')
  })

  it('lets people practise either way', async () => {
    await open(FIRST_RUN)
    await page.getByText('Just try it, offline').click()
    await page.getByRole('radio', { name: 'the public one' }).check()
    await page.getByRole('button', { name: 'Start practising' }).click()
    host.show(SERVING)
    await heading('Browsers trust this computer').waitFor()
    await untilCalled('certificate.get')
    assert.deepEqual(host.calls.slice(1), [
      { method: 'network.sandbox', input: { way: 'forge' } },
      { method: 'certificate.get', input: {} },
    ])
  })

  describe('the first question', () => {
    const radio = (name: string) => page.getByRole('radio', { name })
    const get = () => page.getByRole('button', { name: 'Get certificate' })
    const publicNetwork = (broker: 'asking' | 'answers' | 'silent') => ({
      network: { ...FIRST_RUN.network, public: { name: 'libp2p.direct', zone: 'libp2p.direct', broker } },
    })
    const asking = { ...FIRST_RUN, ...publicNetwork('asking') }

    it('needs one press where the public network answers, and that leads to a certificate', async () => {
      await open(asking)
      await untilCalled('network.look')
      await page.getByText('We ask whether the public network answers.').waitFor()
      assert.equal(await page.getByRole('radio', { checked: true }).count(), 0)
      assert.ok(await get().isDisabled())
      const places = await page.locator('.choice').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().y))
      host.push(publicNetwork('answers'))
      await page.locator('.radio[value="public"]:checked').waitFor()
      const now = await page.locator('.choice').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().y))
      assert.deepEqual(now, places, 'nothing moves under a finger')
      await page.getByText('Shipyard made it for everybody').waitFor()
      await get().click()
      await untilCalled('certificate.get')
      assert.deepEqual(host.calls, [
        { method: 'network.look', input: {} },
        { method: 'network.public', input: {} },
        { method: 'certificate.get', input: {} },
      ])
    })

    it('has no answer where the public network is silent, says so, and asks again by a press', async () => {
      await open(asking)
      host.push(publicNetwork('silent'))
      await page.getByRole('status').getByText('The public network does not answer').waitFor()
      assert.equal(await page.getByRole('radio', { checked: true }).count(), 0)
      assert.ok(await get().isDisabled())
      await page.getByRole('button', { name: 'Try again' }).click()
      await untilCalled('network.look', 2)
      assert.deepEqual(host.calls.at(-1), { method: 'network.look', input: { again: true } })
      host.push(publicNetwork('answers'))
      await page.locator('.radio[value="public"]:checked').waitFor()
    })

    it('keeps to what a person chose, whatever is answered later', async () => {
      await open(asking)
      await radio('A network that I am invited to').check()
      host.push(publicNetwork('answers'))
      await page.locator('.choice .ring').waitFor({ state: 'detached' })
      assert.ok(await radio('A network that I am invited to').isChecked())
    })

    it('has an invitation that came with the start as its answer, whatever the public network does', async () => {
      host = await startPageHost({ pageDir, state: { ...FIRST_RUN, ...publicNetwork('answers') } })
      await page.goto(host.link())
      await page.locator('.app[data-view]').waitFor()
      await page.evaluate(`location.hash = '#join=${encodeURIComponent(INVITATION)}'`)
      await page.locator('.radio[value="invited"]:checked').waitFor()
      assert.equal(await page.getByLabel('Invitation', { exact: true }).inputValue(), INVITATION)
      assert.ok(!host.calls.some(({ method }) => method === 'network.join'))
    })

    it('reads the clipboard in a browser by a press alone', async () => {
      await page.goto('about:blank')
      await open(asking)
      await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(INVITATION)})`)
      host.answer({
        'network.preview': ({ invitation }) => {
          if (invitation !== INVITATION) throw new ApiError('invalid-invitation')
          const shown = { name: 'Sonnenhof', zone: 'sonnenhof.example', issuePeer: '12D3', hosts: [], test: false }
          return { ...shown, addresses: ['/dns4/issue.sonnenhof.example/tcp/4431'] }
        },
      })
      const field = page.getByLabel('Invitation', { exact: true })
      await radio('A network that I am invited to').check()
      assert.equal(await field.inputValue(), '')
      await page.getByRole('button', { name: 'Paste' }).click()
      await page.getByText('end in sonnenhof.example').waitFor()
      assert.equal(await field.inputValue(), INVITATION)
      assert.ok(!host.calls.some(({ method }) => method === 'network.clipboard'))
      await page.evaluate(`navigator.clipboard.writeText('x'.repeat(1048576))`)
      await page.getByRole('button', { name: 'Paste' }).click()
      await page.getByText('This is not an invitation.').waitFor()
      assert.equal((await field.inputValue()).length, 6_000)
    })

    it('asks nobody for who may only look, and nowhere but in the first run', async () => {
      await open(FIRST_RUN, { role: 'viewer' })
      await heading('Where should your certificate come from?').waitFor()
      await host.stop()
      await open()
      await page.evaluate(`location.hash = '#network'`)
      await page.getByRole('heading', { name: 'Choose another network' }).waitFor()
      assert.equal(await page.getByRole('radio', { checked: true }).count(), 0)
      assert.ok(!host.calls.some(({ method }) => method === 'network.look'))
    })

    it('does not offer a public network where there is none', async () => {
      await open({ ...FIRST_RUN, network: { ...FIRST_RUN.network, public: null } })
      await radio('A network that I am invited to').waitFor()
      assert.equal(await radio('The public network').count(), 0)
      await page.getByText('You can change your answer later.').waitFor()
    })
  })

  it('A10 shows everything that an invitation decides before it is followed', async () => {
    await open(FIRST_RUN)
    host.answer({
      'network.preview': ({ invitation }) => {
        if (invitation !== INVITATION) throw new ApiError('invalid-invitation')
        return {
          name: 'Sonnenhof',
          zone: 'sonnenhof.example',
          issuePeer: '12D3',
          hosts: ['issue.sonnenhof.example'],
          addresses: ['/dns4/issue.sonnenhof.example/tcp/4431'],
          ...{ directory: 'https://ca.sonnenhof.example/dir', token: true, resolver: '127.0.0.1:53', roots: ['AA:BB'] },
          test: true,
        }
      },
    })
    const join = page.getByRole('button', { name: 'Join and get certificate' })
    await page.getByRole('radio', { name: 'A network that I am invited to' }).check()
    await page.getByLabel('Invitation', { exact: true }).fill('hello')
    await page.getByText('This is not an invitation.').waitFor()
    assert.ok(await join.isDisabled())
    await page.getByLabel('Invitation', { exact: true }).fill(` ${INVITATION}\n`)
    await page.getByText('end in sonnenhof.example').waitFor()
    await page.getByText('A test network').waitFor()
    for (const decided of ['/dns4/issue.sonnenhof.example/tcp/4431', '12D3', 'AA:BB', '127.0.0.1:53'])
      await page.locator('dd', { hasText: decided }).waitFor()
    await page.getByText('https://ca.sonnenhof.example/dir instead of Let’s Encrypt').waitFor()
    await page.getByText('there is one in it').waitFor()
    assert.ok(!host.calls.some(({ method }) => method === 'network.join'))
    await join.click()
    host.show(SERVING)
    await heading('Browsers trust this computer').waitFor()
    await untilCalled('certificate.get')
    assert.deepEqual(host.calls.slice(-2), [
      { method: 'network.join', input: { invitation: INVITATION } },
      { method: 'certificate.get', input: {} },
    ])
  })

  it('opens an invitation from a link without following it', async () => {
    await open()
    await heading('Browsers trust this computer').waitFor()
    await page.evaluate(`location.hash = '#join=${encodeURIComponent(INVITATION)}'`)
    await page.getByLabel('Invitation', { exact: true }).waitFor()
    assert.equal(await page.getByLabel('Invitation', { exact: true }).inputValue(), INVITATION)
    assert.match(page.url(), /#network$/)
    assert.ok(!host.calls.some(({ method }) => method === 'network.join'))
  })

  it('says beside a field what is wrong, and mends it with one press', async () => {
    await open()
    host.answer({
      'settings.set': ({ values }) =>
        values.wssPort === 80
          ? { problems: [{ field: 'wssPort', code: 'port-privileged', suggestion: 4432 }] }
          : { problems: [] },
    })
    await goTo('settings')
    const port = page.getByLabel('Port for browsers')
    await port.fill('80')
    await port.press('Enter')
    await page.getByText('Numbers below 1024 belong to the system.').waitFor()
    assert.equal(await port.getAttribute('aria-invalid'), 'true')
    await page.getByRole('button', { name: 'Use 4432' }).click()
    await page.getByText('Numbers below 1024').waitFor({ state: 'detached' })
    assert.deepEqual(
      host.calls.map(({ input }) => input),
      [{ values: { wssPort: 80 } }, { values: { wssPort: 4432 } }],
    )
  })

  it('speaks another language and wears another theme without being loaded again', async () => {
    await open()
    await goTo('settings')
    await page.evaluate('window.same = true')
    await page.getByLabel('Language').selectOption('de')
    host.push({
      settings: { ...SERVING.settings, values: { ...SERVING.settings.values, language: 'de', theme: 'dark' } },
    })
    await heading('Einstellungen').waitFor()
    await page.locator('html[lang="de"][data-theme="dark"]').waitFor({ state: 'attached' })
    assert.equal(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'dark')
    assert.equal(await page.evaluate('window.same'), true)
    assert.deepEqual(host.calls, [{ method: 'settings.set', input: { values: { language: 'de' } } }])
  })

  it('asks for the code of a confirmation where the answer does not bring it', async () => {
    await open()
    host.answer({
      'app.reset': ({ confirmation }) => {
        if (confirmation !== '123456') throw new ApiError('not-confirmed')
        return {}
      },
    })
    await goTo('settings')
    await page.getByRole('button', { name: 'Start over' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Start over' }).click()
    await dialog.getByLabel('Code').fill('000000')
    await dialog.getByRole('button', { name: 'Start over' }).click()
    await dialog.getByText('This code is not right, or too old.').waitFor()
    await dialog.getByLabel('Code').fill('123456')
    await dialog.getByRole('button', { name: 'Start over' }).click()
    await dialog.waitFor({ state: 'detached' })
  })

  it('copies the long form and says so', async () => {
    await open()
    await page.getByRole('button', { name: 'Copy address' }).click()
    await page.getByRole('status').getByText('Copied').waitFor()
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), SERVING.addresses.testUrl)
  })

  it('names commands as they can be typed where the node was started', async () => {
    const typed = { own: 'bin/nodetrust', start: 'bin/nodetrust app' }
    const finding = { check: 'certificate', code: 'certificate-none', params: {} } as const
    const doctor = { startedAt: 1, endedAt: 2, findings: [finding] }
    await open({ ...SERVING, app: { ...SERVING.app, typed }, doctor })
    await goTo('doctor')
    await page.getByText('or: bin/nodetrust certificate get').waitFor()
  })

  it('leaves nothing for listeners that was said in another language or by a node that has gone', async () => {
    const working = SCENES.find(({ name }) => name === 'home-working')?.state ?? SERVING
    await open(working)
    const told = page.locator('p.unseen[role="status"]')
    const says = () => told.getByText('Browsers trust this computer.').waitFor()
    const silent = () => eventually('silence', async () => (await told.textContent())?.trim() === '')
    host.push({ certificate: SERVING.certificate })
    await says()
    host.push({ settings: { ...SERVING.settings, values: { ...SERVING.settings.values, language: 'de' } } })
    await page.waitForSelector(':root[lang="de"]')
    await silent()
    host.show(working)
    await page.waitForSelector(':root[lang="en"]')
    host.push({ certificate: SERVING.certificate })
    await says()
    host.pause(true)
    await page.getByRole('alert').getByText('The node does not answer').waitFor()
    await silent()
  })

  it('looks again when somebody wants everything checked, unless it did so just now', async () => {
    const doctor = { startedAt: 1, endedAt: 2, findings: [] }
    const check = async () => {
      await goTo('settings')
      await page.getByRole('button', { name: 'Check', exact: true }).click()
      await page.locator('.app[data-view="doctor"]').waitFor()
    }
    await open({ ...SERVING, doctor })
    await check()
    await untilCalled('doctor.start')
    host.push({ doctor: { ...doctor, startedAt: NOW - 4_000, endedAt: NOW - 3_000 } })
    await check()
    await page.getByRole('button', { name: 'Copy' }).first().waitFor()
    assert.equal(host.calls.filter(({ method }) => method === 'doctor.start').length, 1)
  })

  it('has tabs side by side at 320 pixels, each on one line and apart from the next', async () => {
    await page.setViewportSize({ width: 320, height: 568 })
    await open()
    for (const language of ['en', 'de'] as const) {
      host.show({ ...SERVING, settings: { ...SERVING.settings, values: { ...SERVING.settings.values, language } } })
      await page.waitForSelector(`:root[lang="${language}"]`)
      for (const view of ['certificate', 'addresses']) {
        await goTo(view)
        await page.locator(`.app[data-view="${view}"]`).waitFor()
        const places = (await page.evaluate(TAB_WORDS)) as { left: number; right: number; lines: number }[]
        assert.equal(places.length, 5)
        for (const [at, { left, right, lines }] of places.entries()) {
          assert.equal(lines, 1, `${language} ${view}`)
          const end = places[at + 1]?.left ?? 320
          assert.ok(left >= 0 && right + 2 <= end, `${language} ${view}: ${JSON.stringify(places)}`)
        }
      }
    }
  })

  it('keeps the foot of the first choice on the edge of a short wide window', async () => {
    await page.setViewportSize({ width: 780, height: 437 })
    await open(FIRST_RUN)
    await page.evaluate("document.querySelector('.view').scrollTo(0, 1e6)")
    const below = Number(
      await page.evaluate("innerHeight - document.querySelector('.pinned').getBoundingClientRect().bottom"),
    )
    assert.ok(Math.abs(below) < 2, `${below} px below it`)
  })

  it('has nothing that must be scrolled to the side, also with letters of twice the size', async () => {
    await open()
    await page.setViewportSize({ width: 320, height: 640 })
    const wide: string[] = []
    for (const language of ['en', 'de'] as const) {
      for (const { name, view, state } of SCENES) {
        host.show({ ...state, settings: { ...state.settings, values: { ...state.settings.values, language } } })
        await page.evaluate(`location.hash = '#${view}'`)
        await page.waitForSelector(
          `:root[lang="${language}"] .app[data-view="${state.app.firstRun ? 'network' : view}"]`,
        )
        if (await page.evaluate(TOO_WIDE)) wide.push(`${name} ${language}`)
      }
    }
    assert.deepEqual(wide, [])
  })
})

/** Where the words of the tabs begin and end, and how many lines they take. */
const TAB_WORDS = `[...document.querySelectorAll('.nav-label')].filter((label) => label.getClientRects().length > 0).map((label) => {
  const range = document.createRange()
  range.selectNodeContents(label)
  const { left, right } = range.getBoundingClientRect()
  return { left, right, lines: new Set([...range.getClientRects()].map(({ top }) => top)).size }
})`

/** Whether the page or its scrolling part is wider than it is shown. */
const TOO_WIDE = `[document.documentElement, ...document.querySelectorAll('.view, .dock, .bar, .banners')].some(
  (element) => element.scrollWidth > element.clientWidth + 1)`
