// The form that is a page in a browser: it can be ended from the page, says afterwards that it was, and how to start it with a command
// that works as it is written; and it names nothing that only the desktop app has.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cleanEnv, ROOT } from '../../support/command.ts'
import { accessible, button, goTo, life, reads, say, titled } from '../words.ts'
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

const startedAgain: Spec = {
  title: 'a page of a node that was ended notices that it runs again, and goes on with the new link',
  async run(stage) {
    const app = stage.app()
    const page = await app.restart()
    await page.getByText(say('link.ended.title')).waitFor({ state: 'detached' })
    await goTo(page, 'home')
    await life(page, 'idle')
  },
}

export const browserForm: Story = { name: 'the form in a browser', specs: [names, quit, startedAgain] }
