// What a person does with names by key, over the node that runs. Errors of the room become those of the contract here.
import { ApiError } from '../../proto/api/index.ts'
import { NamingKeyError } from '../../core/nostr/keys.ts'
import { NameTextError } from '../naming/name-text.ts'
import { toApiError } from './problems.ts'
import type { App } from '../app.ts'
import type { Naming } from '../naming/naming.ts'

/** The same calls as the room's. */
export type NameDesk = Pick<
  Naming,
  | 'wake'
  | 'publish'
  | 'withdraw'
  | 'importKey'
  | 'certificatePem'
  | 'look'
  | 'verify'
  | 'setResolver'
  | 'open'
  | 'trust'
>

/** What a person can do something about, besides what the table of problems knows. */
const MENDABLE = new Set(['NssError', 'ProxyListenError', 'DnsListenError', 'ResolverPlaceError'])

/** Makes it. @param app  the node, where it runs */
export function createNameDesk(app: () => Pick<App, 'naming'> | undefined): NameDesk {
  const room = (): Naming => {
    const found = app()?.naming()
    if (!found) throw new ApiError('not-running', { retryable: true })
    return found
  }
  const told = async <Result>(work: (naming: Naming) => Promise<Result>): Promise<Result> => {
    try {
      return await work(room())
    } catch (error) {
      if (error instanceof NameTextError || error instanceof NamingKeyError) {
        throw new ApiError('bad-name', { detail: error.message }, { cause: error })
      }
      if (error instanceof Error && MENDABLE.has(error.name)) {
        throw new ApiError('unavailable', { detail: error.message }, { cause: error })
      }
      if (error instanceof DOMException)
        throw new ApiError('timeout', { detail: error.message, retryable: true }, { cause: error })
      throw toApiError(error)
    }
  }
  return {
    wake: () => told((naming) => naming.wake()),
    publish: (signal) => told((naming) => naming.publish(signal)),
    withdraw: (signal) => told((naming) => naming.withdraw(signal)),
    importKey: (nsec, signal) => told((naming) => naming.importKey(nsec, signal)),
    certificatePem: () => told((naming) => naming.certificatePem()),
    look: (name, options) => told((naming) => naming.look(name, options)),
    verify: (name, signal) => told((naming) => naming.verify(name, signal)),
    setResolver: (on) => told((naming) => naming.setResolver(on)),
    open: (name) => told((naming) => naming.open(name)),
    trust: (on) => told((naming) => naming.trust(on)),
  }
}
