// The form that is a page in a browser: it can be ended from the page, says afterwards that it was, and how to start it with a command
// that works as it is written; and it names nothing that only the desktop app has.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cleanEnv, ROOT } from '../../support/command.ts'
import { eventually } from '../../support/desktop/eventually.ts'
import { accessible, button, goTo, life, reads, say, sayGerman, titled } from '../words.ts'
import type { TextKey } from '../../../proto/text/index.ts'
import type { Spec, Story } from '../story.ts'

const names: Spec = {
  title: 'a page in a browser names no tray and offers nothing that only the desktop app does',
  async run(stage) {
    const network = await stage.network()
    const app = await stage.startApp({ joined: network.invitation })
    const page = app.page()
    await life(page, 'idle')
    await goTo(page, 'settings')
    const said = (await page.locator('body').textContent()) ?? ''
    assert.doesNotMatch(said, /tray|small icon|Electron|without a window/i)
    assert.equal(await page.getByRole('switch', { name: say('settings.checkForUpdates') }).count(), 0)
    await accessible(page, 'the settings of the browser form')
  },
}

const quit: Spec = {
  title: 'Quit is in the page, asks, and the page then says that it was ended and how to start it',
  async run(stage) {
    const page = stage.app().page()
    await goTo(page, 'settings')
    await button(page, 'settings.quit.button').click()
    await page.getByRole('dialog').waitFor()
    await accessible(page, 'the question before the end')
    await button(page, 'quit.stay').click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await button(page, 'settings.quit.button').click()
    await button(page, 'quit.button').click()
    await titled(page, 'link.ended.title')
    await reads(page, say('link.ended.start'))
    await accessible(page, 'the node was ended')
    const command = (await page.locator('.command code').textContent()) ?? ''
    // it is tried as it stands, but for what would start it: whoever types it finds the program
    const [program = '', word] = command.split(' ')
    assert.equal(word, 'app')
    const { stdout } = await promisify(execFile)(program, ['--version'], { cwd: ROOT, env: cleanEnv({}) })
    assert.match(stdout, /\d+\.\d+\.\d+/)
  },
}

const impostor: Spec = {
  title: 'whoever takes the port of a node that was ended gets nothing from its page but a greeting',
  async run(stage) {
    const page = stage.app().page()
    const heard = new Set<string>()
    const server = createServer((request, response) => {
      heard.add(`${request.method} ${request.url}`)
      response.writeHead(401).end()
    })
    server.on('upgrade', (request, socket) => {
      heard.add(`upgrade ${request.url}`)
      socket.destroy()
    })
    server.listen({ host: '127.0.0.1', port: Number(new URL(page.url()).port) })
    await once(server, 'listening')
    try {
      await button(page, 'link.lost.button').click()
      await eventually('the page greets whoever is there', async () => heard.size > 0 || undefined)
      await button(page, 'link.lost.button').click()
      await titled(page, 'link.ended.title')
    } finally {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
    assert.deepEqual([...heard], ['POST /session/greet'])
  },
}

const startedAgain: Spec = {
  title: 'a page of a node that was ended goes on by itself once it runs again, also after it was loaded anew',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    assert.ok(app.startAgain)
    await titled(page, 'link.ended.title')
    await app.startAgain()
    await page.getByRole('heading', { name: say('link.ended.title') }).waitFor({ state: 'detached' })
    await goTo(page, 'home')
    await life(page, 'idle')
    await page.reload()
    await life(page, 'idle')
  },
}

const anotherNode: Spec = {
  title: 'a page does not take another node for its own, and says how to open it anew',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    assert.ok(app.startAgain && app.kill)
    await app.kill()
    await rm(join(app.dir, 'bridge-secret.json'))
    await app.startAgain()
    await titled(page, 'link.closed.title')
    await app.restart()
    await life(page, 'idle')
  },
}

const germanEnd: Spec = {
  title: 'a page in German ends in German, also for who listens',
  async run(stage) {
    const page = stage.app().page()
    await goTo(page, 'settings')
    await page.getByLabel(say('settings.language')).selectOption('de')
    const german = (key: TextKey) => page.getByRole('button', { name: sayGerman(key), exact: true })
    await german('settings.quit.button').click()
    await german('quit.button').click()
    await page.getByRole('heading', { level: 1, name: sayGerman('link.ended.title') }).waitFor()
    await page
      .locator('p.unseen[role="status"]')
      .getByText(sayGerman('link.ended.title'))
      .waitFor({ state: 'attached' })
    assert.equal(await page.locator('html').getAttribute('lang'), 'de')
    const said = (await page.locator('#root').textContent()) ?? ''
    assert.match(said, new RegExp(sayGerman('link.ended.start')))
    assert.doesNotMatch(said, new RegExp(`${say('link.ended.title')}|${say('link.ended.then')}`))
    await accessible(page, 'the end in German')
  },
}

export const browserForm: Story = {
  name: 'the form in a browser',
  specs: [names, quit, impostor, startedAgain, anotherNode, germanEnd],
}
