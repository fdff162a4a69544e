// The page for browsers in the desktop app: off until somebody asks for it, because the window needs no listener. "Open in a
// browser" starts it and opens a link that works once.
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import { ownCommand } from '../../core/commands/index.ts'
import { ApiError } from '../../proto/api/index.ts'
import type { Api } from '../api/api.ts'
import { type Bridge, createBridge } from '../bridge/bridge.ts'
import { checkedBridgeUrl } from './outside.ts'
import type { Desktop } from './ports.ts'
import type { BrowserPage } from './start.ts'

/** What it needs. */
export interface BrowserPageInit {
  readonly desktop: Pick<Desktop, 'openUrl'>
  /** The data folder. */
  readonly dir: string
  /** Folder of the built page. */
  readonly page: string
  readonly clock: Clock
  readonly log: Log
}

/** Makes it; nothing listens before somebody asks. */
export function createBrowserPage({ desktop, dir, page, clock, log }: BrowserPageInit): BrowserPage {
  let bridge: Bridge | undefined
  return {
    attach(api: Api) {
      bridge = createBridge({ api, dir, pageDir: page, own: ownCommand(), clock, log })
    },
    stop: async () => bridge?.stop(),
    desk: {
      async openBridge() {
        await bridge?.start()
        const link = bridge?.openLink('owner')
        const port = bridge?.port()
        if (!link || port === undefined) throw new ApiError('unavailable', { detail: 'the page for browsers is off' })
        await desktop.openUrl(checkedBridgeUrl(link.url, port))
      },
      bridgeLink: (role) => bridge?.openLink(role),
    },
  }
}
