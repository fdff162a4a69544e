// What the API can ask of the desktop: links, folders, questions. Everything is checked once more here, right before the
// operating system is called.
import type { ConfirmAction, State } from '../../proto/api/index.ts'
import type { ShellText } from '../../proto/text/shell.ts'
import type { PendingCode } from '../api/confirmations.ts'
import type { Desk } from '../api/desk.ts'
import { invitationInClipboard } from './clipboard-invitation.ts'
import { checkedFolder, checkedUrl } from './outside.ts'
import type { Desktop } from './ports.ts'

/** What the desk needs. */
export interface DeskInit {
  readonly desktop: Desktop
  /** The data folder. */
  readonly dir: string
  readonly text: () => ShellText
  /** The page that the node serves right now. */
  readonly testUrl: () => State['addresses']['testUrl']
  readonly installUpdate: () => Promise<void>
  /** The page for browsers, where the app has one. */
  readonly browser: Pick<Desk, 'openBridge' | 'bridgeLink'>
  readonly onFailure: (error: unknown) => void
}

/** Makes the desk. */
export function createDesk({ desktop, dir, text, testUrl, installUpdate, browser, onFailure }: DeskInit): Desk {
  return {
    ...browser,
    openLink: async (url) => desktop.openUrl(checkedUrl(url, testUrl())),
    openFolder: async (path) => desktop.openFolder(checkedFolder(path, dir)),
    clipboardInvitation: (clicked) => invitationInClipboard(desktop, clicked),
    confirm: async (action) =>
      (await desktop.ask(confirmQuestion(action, text()))) === DO_IT ? 'approved' : 'refused',
    showCode: (pending) => void desktop.ask(codeQuestion(pending, text())).catch(onFailure),
    installUpdate,
    // the answer to the call that asks goes out first
    quit: () => void setImmediate(() => desktop.quit()),
  }
}

const DO_IT = 1

function confirmQuestion(action: ConfirmAction, text: ShellText) {
  return {
    title: text('ask.confirm.title'),
    message: text(`ask.${action}.message`),
    detail: text(`ask.${action}.detail`),
    buttons: [text('ask.confirm.cancel'), text(`ask.${action}.do`)],
    ...{ cancel: 0, preferred: 0, warning: true },
  }
}

function codeQuestion({ action, code }: PendingCode, text: ShellText) {
  return {
    title: text('ask.code.title'),
    message: text('ask.code.message', { code }),
    detail: text('ask.code.detail', { what: text(`what.${action}`) }),
    buttons: [text('ask.code.close')],
    ...{ cancel: 0, preferred: 0, warning: false },
  }
}
