// What the API needs of whoever hosts it: the desktop, or a terminal. A host that cannot do something leaves its port out, and
// the call is answered with `unavailable`.
import type { ConfirmAction, Role } from '../../proto/api/index.ts'
import type { PendingCode } from './confirmations.ts'

/** A host. */
export interface Desk {
  /** Opens a page in the system's browser. @param url  https, one of our own constants or the node's own page */
  readonly openLink?: (url: string) => Promise<void>
  /** Shows a folder in the system's file window. @param path  absolute, one of our own */
  readonly openFolder?: (path: string) => Promise<void>
  /** Switches the page for browsers on and opens it. */
  readonly openBridge?: () => Promise<void>
  /** A link for one browser; undefined where the page for browsers is off. */
  readonly bridgeLink?: (role: Role) => { readonly url: string; readonly until: number } | undefined
  /**
   * The invitation in the clipboard, as a link; nothing else of what lies there leaves the host.
   *
   * @param clicked  a person asks for it; without that, nothing is read where the system would ask them
   */
  readonly clipboardInvitation?: (clicked: boolean) => Promise<string | undefined>
  /** Asks by a dialog of the system, outside every page. */
  readonly confirm?: (action: ConfirmAction) => Promise<'approved' | 'refused'>
  /** Shows a code that has to be typed into a page in a browser. */
  readonly showCode?: (code: PendingCode) => void
  readonly installUpdate?: () => Promise<void>
  /** Ends the program; the answer to the call still goes out. */
  readonly quit: () => void
}
