// From the first start to a certificate, with the keyboard alone; what one does with it afterwards; and back to the beginning.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import jsQR from 'jsqr'
import { checkUp } from './check-up.ts'
import { PATIENCE_MS } from '../hosts/browser.ts'
import type { Locator, Page } from 'playwright-core'
import { parseInvitation } from '../../../proto/invitation.ts'
import { MAIN_VIEWS, VIEWS } from '../../../renderer/way.ts'
import { accessible, button, choose, goTo, life, reads, say, sayGerman, titled } from '../words.ts'
import type { Spec, Stage, Story } from '../story.ts'

/** Presses Tab until something has the focus; a person gives up sooner. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor()
  for (let presses = 0; presses < 40; presses++) {
    if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`the keyboard does not get to ${String(wanted)}`)
}

const invitationField = (page: Page) => page.getByLabel(say('welcome.invitation'), { exact: true })

const asksOneQuestion: Spec = {
  title: 'the first start asks one question, and says beside the field what is no invitation',
  async run(stage) {
    const app = await stage.startApp()
    const page = app.page()
    await titled(page, 'welcome.title')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await accessible(page, `the first question, ${colorScheme}`)
    }
    assert.equal(await page.getByRole('radio', { checked: true }).count(), 0)
    await choose(page, 'invited')
    await invitationField(page).fill('https://example.org/')
    await reads(page, say('error.invalid-invitation'))
    assert.equal(await invitationField(page).getAttribute('aria-invalid'), 'true')
    assert.ok(await button(page, 'welcome.join').isDisabled())
  },
}

const badLink: Spec = {
  title: 'a link that is no invitation does nothing',
  async run(stage) {
    const app = stage.app()
    for (const link of ['nodetrust://reset/now', `nodetrust://join/example.org?issue=/ip4/1.2.3.4/tcp/1&run=x`]) {
      await app.follow(link)
    }
    await titled(app.page(), 'welcome.title')
    assert.ok(await button(app.page(), 'welcome.join').isDisabled())
    const { network, app: program } = await app.state()
    assert.deepEqual([network.choice, program.phase, program.firstRun], [null, 'running', true])
  },
}

const goodLink: Spec = {
  title: 'a link with an invitation is shown and waits for a yes',
  async run(stage) {
    const app = stage.app()
    const { invitation, zone } = await stage.network()
    await app.follow(invitation)
    await reads(app.page(), say('welcome.names.value', { zone }))
    await reads(app.page(), say('welcome.care'))
    await reads(app.page(), say('welcome.test'))
    assert.equal((await app.state()).network.choice, null)
  },
}

const keyboardOnly: Spec = {
  title: 'the keyboard alone leads from the question to a certificate',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    await tabTo(page, button(page, 'welcome.join'))
    await page.keyboard.press('Enter')
    await life(page, 'serving')
    for (const [index, view] of MAIN_VIEWS.entries()) {
      // in a browser these keys are those of its tabs
      if (app.kind === 'bridge') {
        await tabTo(page, page.getByRole('link', { name: say(`nav.${view}`), exact: true }))
        await page.keyboard.press('Enter')
      } else await page.keyboard.press(`Control+${index + 1}`)
      await page.waitForURL(({ hash }) => hash === `#${view}`)
    }
    await goTo(page, 'home')
    const { certificate } = await app.state()
    assert.equal(certificate.life.state, 'serving')
    assert.deepEqual(
      certificate.attempt?.steps.map(({ status }) => status),
      Array.from({ length: 7 }, () => 'done'),
    )
  },
}

const visitors: Spec = {
  title: 'another browser reaches this computer by its certificate',
  async run(stage) {
    const { addresses } = await stage.app().state()
    const { testUrl } = addresses
    assert.ok(testUrl)
    const context = await stage.browser.context()
    const page = await context.newPage()
    const response = await page.goto(testUrl)
    assert.equal(response?.status(), 200)
    assert.match((await response?.securityDetails())?.issuer ?? '', /Nodetrust/i)
    const blank = await context.newPage()
    const opened = await blank.evaluate(
      (url) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url)
          socket.addEventListener('open', () => resolve('open'))
          socket.addEventListener('error', () => resolve('error'))
        }),
      testUrl.replace('https:', 'wss:'),
    )
    assert.equal(opened, 'open')
    await context.close()
  },
}

const copyAndScan: Spec = {
  title: 'the address is copied whole, and the QR code holds the same',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const { testUrl } = (await app.state()).addresses
    await goTo(page, 'home')
    await page.getByRole('button', { name: say('home.copy-address') }).click()
    await page.getByRole('status').getByText(say('copied')).waitFor({ state: 'attached' })
    assert.equal(await app.copied(), testUrl)
    await page.getByRole('button', { name: say('home.qr.larger') }).click()
    const picture = await page.getByRole('dialog').getByRole('img').screenshot()
    assert.equal((await decodeQr(stage, picture)).toLowerCase(), testUrl?.toLowerCase())
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  },
}

const invites: Spec = {
  title: 'whoever was invited invites somebody: by a code, or by a link that says the same',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const wanted = parseInvitation((await stage.network()).invitation)
    await goTo(page, 'home')
    const row = button(page, 'settings.invite')
    await tabTo(page, row)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: say('settings.invite') })
    await reads(page, say('invite.say'))
    const picture = dialog.getByRole('img', { name: say('invite.qr') })
    const text = (await picture.getAttribute('data-text')) ?? ''
    assert.deepEqual(parseInvitation(text), wanted)
    assert.deepEqual(parseInvitation(await decodeQr(stage, await picture.screenshot())), wanted)
    await accessible(page, 'inviting somebody')
    await dialog.getByRole('button', { name: say('invite.copy') }).click()
    await page.getByRole('status').getByText(say('copied')).waitFor({ state: 'attached' })
    assert.deepEqual(parseInvitation(await app.copied()), wanted)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    assert.ok(await row.evaluate((element) => element === element.ownerDocument.activeElement))
  },
}

/** Reads a picture of a QR code; the browser takes the PNG apart. */
async function decodeQr(stage: Stage, png: Buffer): Promise<string> {
  const context = await stage.browser.context()
  const page = await context.newPage()
  const { grey, width, height } = (await page.evaluate(`(async () => {
    const bytes = Uint8Array.from(atob('${png.toString('base64')}'), (letter) => letter.codePointAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const { width, height } = bitmap
    const drawing = new OffscreenCanvas(width, height).getContext('2d')
    drawing.drawImage(bitmap, 0, 0)
    const pixels = drawing.getImageData(0, 0, width, height).data
    return { grey: Array.from(pixels, (value, at) => (at % 4 === 1 ? String.fromCharCode(value) : '')).join(''), width, height }
  })()`)) as { readonly grey: string; readonly width: number; readonly height: number }
  const data = new Uint8ClampedArray(4 * width * height).fill(255)
  for (let at = 0; at < grey.length; at++) data.fill(grey.codePointAt(at) ?? 0, 4 * at, 4 * at + 3)
  await context.close()
  // the package's types are those of CommonJS
  const decode = jsQR as unknown as (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null
  return decode(data, width, height)?.data ?? ''
}

const everyView: Spec = {
  title: 'every view is accessible, light and dark',
  async run(stage) {
    const page = stage.app().page()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const view of VIEWS) {
        await goTo(page, view)
        await accessible(page, `${view}, ${colorScheme}`)
      }
    }
    await goTo(page, 'home')
  },
}

const theme = (page: Page, name: 'dark' | 'system') =>
  page
    .locator('label', { hasText: say(`settings.theme.${name}`) })
    .filter({ has: page.getByRole('radio') })
    .click()

const twoWindows: Spec = {
  title: 'what is changed in one window shows in the other',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const second = await app.secondPage()
    await life(second, 'serving')
    await goTo(page, 'settings')
    await theme(page, 'dark')
    await second.locator('html[data-theme="dark"]').waitFor({ state: 'attached' })
    await goTo(second, 'settings')
    await theme(second, 'system')
    await page.locator('html:not([data-theme])').waitFor({ state: 'attached' })
    await second.close()
  },
}

const nothingListens: Spec = {
  title: 'the desktop app has no page for browsers before somebody opens one',
  async run(stage) {
    const app = stage.app()
    assert.ok(!(await readdir(app.dir)).includes('bridge.json'))
    await (await app.secondPage()).close()
    assert.ok((await readdir(app.dir)).includes('bridge.json'))
  },
}

const language: Spec = {
  title: 'the language changes without loading the page again',
  async run(stage) {
    const page = stage.app().page()
    await goTo(page, 'settings')
    await page.evaluate('void (window.stayed = true)')
    await page.getByLabel(say('settings.language')).selectOption('de')
    await page.getByRole('heading', { level: 1, name: sayGerman('nav.settings'), exact: true }).waitFor()
    assert.equal(await page.locator('html').getAttribute('lang'), 'de')
    await page.getByLabel(sayGerman('settings.language')).selectOption('en')
    await page.getByRole('heading', { level: 1, name: say('nav.settings'), exact: true }).waitFor()
    assert.equal(await page.evaluate('window.stayed'), true)
  },
}

const ports: Spec = {
  title: 'a wrong port is explained under its field, and a click mends a taken one',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const before = (await app.state()).settings.values
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const field = page.getByLabel(say('settings.wssPort'))
    const enter = async (text: string) => {
      await field.fill(text)
      await field.press('Enter')
      await field.blur()
    }
    try {
      await goTo(page, 'settings')
      await enter('many')
      await reads(page, say('field.wrong-type'))
      await enter('70000')
      await reads(page, say('field.port-range'))
      await enter(String(before.tcpPort))
      await reads(page, say('field.ports-equal'))
      await enter(String(port))
      await reads(page, say('field.port-taken'))
      assert.equal(await field.getAttribute('aria-invalid'), 'true')
      await accessible(page, 'a wrong port')
      assert.deepEqual((await app.state()).settings.values, before)
      await page.getByRole('button', { name: /^Use \d+$/ }).click()
      await page.locator('.field-error').waitFor({ state: 'detached' })
      const now = (await app.state()).settings.values.wssPort
      assert.notEqual(now, before.wssPort)
      assert.equal(await field.inputValue(), String(now))
    } finally {
      taken.close()
    }
    await goTo(page, 'home')
    // the node starts anew on the other port, with the certificate that it has
    await life(page, 'serving')
  },
}

const diagnostics: Spec = {
  title: 'diagnostics leave the node without its secrets',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    await goTo(page, 'activity')
    await button(page, 'activity.diagnostics').click()
    await reads(page, /^Saved as /)
    const folder = join(app.dir, 'exports')
    const [name = ''] = (await readdir(folder)).filter((file) => file.includes('diagnostics'))
    const text = await readFile(join(folder, name), 'utf8')
    assert.match(text, /"certificate"/)
    const shown = await page.content()
    for (const secret of await secretsOf(app.dir)) {
      for (const [where, what] of [
        ['the file', text],
        ['the page', shown],
        ['the state', JSON.stringify(await app.state())],
      ] as const) {
        assert.ok(!what.includes(secret), `a secret is in ${where}`)
      }
    }
  },
}

/** Pieces of everything that must stay in the data folder: the identity, the certificate's key, the token. */
async function secretsOf(dir: string): Promise<string[]> {
  const key = (await readFile(join(dir, 'peer.key'), 'utf8')).trim()
  const { keyPem } = JSON.parse(await readFile(join(dir, 'certificate.json'), 'utf8')) as { keyPem: string }
  const token = await readFile(join(dir, 'bridge.json'), 'utf8').then(
    (text) => [(JSON.parse(text) as { token: string }).token],
    () => [],
  )
  const pem = keyPem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'))
  const secrets = [key.slice(-40), Buffer.from(key, 'base64').toString('hex').slice(-60), ...pem, ...token]
  for (const secret of secrets) assert.ok(secret.length >= 16, 'a secret is long enough to be looked for')
  return secrets
}

const closedAndOpened: Spec = {
  title: 'a window that was closed opens on what is so now',
  async run(stage) {
    const app = stage.app()
    await app.closeWindow()
    assert.equal((await app.state()).certificate.life.state, 'serving')
    await app.reopenWindow()
    await goTo(app.page(), 'home')
    await life(app.page(), 'serving')
  },
}

const trayFollows: Spec = {
  title: 'the tray says what the window says, and its commands are the same',
  async run(stage) {
    const app = stage.app()
    const { tray } = app
    assert.ok(tray)
    assert.match(tray.labels()['state'] ?? '', /certificate/i)
    assert.ok(tray.notifications().length >= 1, 'the first certificate was told')
    tray.click('settings')
    await titled(app.page(), 'nav.settings')
    await goTo(app.page(), 'home')
  },
}

const pageCrashes: Spec = {
  title: 'a page whose process dies is loaded again, and finds all as it was',
  async run(stage) {
    const app = stage.app()
    await app.page().evaluate('void (document.documentElement.dataset.before = 1)')
    assert.ok(app.crash)
    await app.crash()
    const page = app.page()
    await page.locator('html:not([data-before])').waitFor({ state: 'attached' })
    await page.locator('h1').waitFor()
    await goTo(page, 'home')
    await life(page, 'serving')
  },
}

const killed: Spec = {
  title: 'a page whose node was killed says so, and goes on by itself with the next one',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    assert.ok(app.kill && app.startAgain)
    await app.kill()
    await reads(page, say('link.lost.banner'))
    await accessible(page, 'the node is away')
    await app.startAgain()
    await page.getByText(say('link.lost.banner')).waitFor({ state: 'detached' })
    await goTo(page, 'home')
    await life(page, 'serving')
  },
}

const usedLink: Spec = {
  title: 'a link that was used says how to get another one',
  async run(stage) {
    const app = stage.app()
    const page = await app.secondPage()
    await life(page, 'serving')
    await page.goto(`${new URL('/', page.url()).href}#t=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`)
    await titled(page, 'link.closed.title')
    await accessible(page, 'a used link')
    await page.close()
  },
}

const startedAnew: Spec = {
  title: 'a node that is started anew serves the certificate it has',
  async run(stage) {
    const app = stage.app()
    const before = (await app.state()).certificate.current?.fingerprint
    const page = await app.restart()
    await goTo(page, 'home')
    await life(page, 'serving')
    assert.equal((await app.state()).certificate.current?.fingerprint, before)
  },
}

const reset: Spec = {
  title: 'starting over needs a yes from outside the page, and leads to the first question',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const { peerId } = (await app.state()).identity
    await goTo(page, 'settings')
    const open = async () => {
      await page.getByRole('button', { name: say('settings.reset.button'), exact: true }).click()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: say('reset.button'), exact: true })
        .click()
    }
    if (app.answer) {
      await open()
      await app.answer('no')
      await reads(page, say('error.not-confirmed'))
      assert.equal((await app.state()).app.firstRun, false)
      await page
        .getByRole('dialog')
        .getByRole('button', { name: say('reset.button'), exact: true })
        .click()
      await app.answer('yes')
    } else {
      await open()
      const field = page.getByLabel(say('confirm.code'))
      await field.fill('000000')
      const send = page.getByRole('dialog').getByRole('button', { name: say('reset.button'), exact: true })
      await send.click()
      await reads(page, say('confirm.wrong'))
      await field.fill((await app.confirm()) ?? '')
      await send.click()
    }
    await titled(page, 'welcome.title')
    const state = await app.state()
    assert.equal(state.certificate.current, null)
    assert.equal(state.identity.peerId, peerId, 'the identity stays unless it is to go too')
    assert.ok(!(await readdir(app.dir)).includes('certificate.json'))
  },
}

const quits: Spec = {
  title: 'quitting ends the program within five seconds',
  async run(stage) {
    const began = performance.now()
    assert.equal(await stage.app().quit(), 0)
    assert.ok(performance.now() - began < 6_000)
  },
}

export const newcomer: Story = {
  name: 'a newcomer',
  specs: [
    ...[
      asksOneQuestion,
      badLink,
      goodLink,
      keyboardOnly,
      visitors,
      copyAndScan,
      invites,
      everyView,
      nothingListens,
      twoWindows,
    ],
    ...[
      language,
      ports,
      diagnostics,
      trayFollows,
      closedAndOpened,
      pageCrashes,
      usedLink,
      killed,
      startedAnew,
      reset,
      quits,
    ],
  ],
}

const sandbox: Spec = {
  title: 'practising offline starts a network of its own and gives a certificate',
  async run(stage) {
    const app = await stage.startApp()
    const page = app.page()
    await choose(page, 'sandbox')
    await button(page, 'welcome.start-sandbox').click()
    await titled(page, 'home.serving.test-title', {}, 2 * PATIENCE_MS)
  },
}

const visited: Spec = {
  title:
    'practice ends in a page of the app that shows a visit as it happens, without a code and without a browser’s error',
  async run(stage) {
    const page = stage.app().page()
    assert.equal(await page.getByRole('img', { name: say('home.qr') }).count(), 0)
    assert.equal(await page.getByRole('link', { name: say('home.serving.button') }).count(), 0)
    await button(page, 'home.practice.try').click()
    await titled(page, 'nav.practice')
    const part = (name: string) => page.locator(`.step-done[data-step="${name}"]`)
    await part('ping').waitFor()
    const [host = ''] = await part('name').locator('.step-say').allTextContents()
    assert.match(host, /→ 127\.0\.0\.1$/)
    assert.match((await part('handshake').textContent()) ?? '', /TLSv1\.3, TLS_/)
    assert.match((await part('chain').textContent()) ?? '', /← .*Root/)
    assert.match((await part('ping').textContent()) ?? '', /\d ms/)
    await reads(page, say('visit.done.practice'))
    await accessible(page, 'a visit in practice')
    await goTo(page, 'home')
  },
}

const realOne: Spec = {
  title:
    'from practice the way leads on to a real network, and the certificate of practice stays until that one gave its own',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const network = await stage.network()
    network.mood = 'holding'
    const before = (await app.state()).certificate.current
    await button(page, 'home.practice.real').click()
    await titled(page, 'nav.network')
    await choose(page, 'invited')
    await invitationField(page).fill(network.invitation)
    await button(page, 'welcome.join').click()
    await titled(page, 'home.working.title')
    await network.held()
    assert.equal((await app.state()).certificate.current?.fingerprint, before?.fingerprint)
    network.release()
    await life(page, 'serving')
    const { certificate } = await app.state()
    assert.ok(certificate.current?.names.some((name) => name.endsWith(network.zone)))
    await page.getByRole('button', { name: say('home.qr.larger') }).waitFor()
  },
}

export const practice: Story = { name: 'practising', specs: [sandbox, visited, checkUp, realOne] }
