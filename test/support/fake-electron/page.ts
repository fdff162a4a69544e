// Shows the app's page in a real browser as Electron's window would: the real preload bundle runs before the page, its
// messages reach the real handlers, and its files come from the real handler of app://. A browser does not know that scheme,
// so the page stands at an address that no network has, and every frame's address is told as Electron would.
import type { BrowserContext, Frame, Page } from 'playwright-core'
import { PAGE_URL } from '../../../main/shell/own-page.ts'
import type { FakeFrame, FakeWorld } from './world.ts'

/** Never resolved (RFC 2606), and a secure context like app:// is. */
export const PAGE_ORIGIN = 'https://app.invalid'

const INVOKE = '__fakeElectronInvoke'
const DELIVER = '__fakeElectronDeliver'

/** app://bundle/x as the browser sees it. */
export function browserUrl(url: string): string {
  return url.startsWith(PAGE_URL) ? `${PAGE_ORIGIN}/${url.slice(PAGE_URL.length)}` : url
}

function appUrl(url: string): string {
  return url.startsWith(`${PAGE_ORIGIN}/`) ? `${PAGE_URL}${url.slice(PAGE_ORIGIN.length + 1)}` : url
}

/**
 * Makes a page of a browser the window of a fake Electron.
 *
 * @param preload  text of the preload bundle
 * @param context  must be empty, so that nothing else is in the way
 */
export async function attachPage(
  world: FakeWorld,
  context: BrowserContext,
  preload: string,
  platform: string,
): Promise<Page> {
  const page = await context.newPage()
  await page.route('**/*', async (route) => {
    const request = route.request()
    const url = appUrl(request.url())
    const decide = world.session.get('onBeforeRequest') as
      ((details: { url: string }, callback: (decision: { cancel: boolean }) => void) => void) | undefined
    let cancelled = true
    decide?.({ url }, ({ cancel }) => (cancelled = cancel))
    if (cancelled) return route.abort('blockedbyclient')
    const response = await world.protocols.get('app')?.(new Request(url, { method: request.method() }))
    if (!response) return route.abort('failed')
    return route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    })
  })
  const frameOf = (frame: Frame): FakeFrame => {
    const main = world.window()?.webContents.mainFrame
    if (frame !== page.mainFrame() || !main) return { url: appUrl(frame.url()), parent: main ?? null }
    main.url = appUrl(frame.url())
    return main
  }
  await page.exposeBinding(INVOKE, ({ frame }, channel: string, payload: unknown) =>
    world.invoke(channel, payload, frameOf(frame)),
  )
  await page.addInitScript({ content: preloadScript(preload, platform) })
  world.driver = {
    navigate: async (url) => void (await page.goto(browserUrl(url))),
    reload: async () => void (await page.reload()),
    deliver: (channel, message) =>
      page.evaluate(
        ([name, told, what]) =>
          (globalThis as unknown as Record<string, (channel: string, message: unknown) => void>)[name]?.(told, what),
        [DELIVER, channel, message] as const,
      ),
  }
  const loaded = world.window()?.loaded.at(-1)
  if (loaded !== undefined) await page.goto(browserUrl(loaded))
  return page
}

/** The preload bundle in a function of its own, with the few words of Node and Electron that a sandboxed one has. */
function preloadScript(preload: string, platform: string): string {
  return `(() => {
  if (window !== window.top) return // nodeIntegrationInSubFrames is off
  const listeners = new Map()
  const freeze = (value) => {
    for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part)
    return Object.freeze(value)
  }
  const electron = {
    contextBridge: {
      exposeInMainWorld(name, api) {
        Object.defineProperty(window, name, { value: freeze({ ...api }), enumerable: true })
      },
    },
    ipcRenderer: {
      invoke: (channel, payload) => window.${INVOKE}(channel, payload),
      on: (channel, listener) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
      removeListener: (channel, listener) =>
        listeners.set(channel, (listeners.get(channel) ?? []).filter((one) => one !== listener)),
    },
  }
  Object.defineProperty(window, '${DELIVER}', {
    value: (channel, message) => {
      for (const listener of listeners.get(channel) ?? []) listener({}, message)
    },
  })
  const require = (name) => {
    if (name !== 'electron') throw new Error('module not found: ' + name)
    return electron
  }
  const module = { exports: {} }
  ;((require, module, exports, process) => {
${preload}
  })(require, module, module.exports, { platform: ${JSON.stringify(platform)} })
})()`
}
