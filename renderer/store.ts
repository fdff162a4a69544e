// The node's state as the page knows it: one read-only signal per slice, so that a ping of a peer does not draw the settings
// anew. Only the node changes it; what the page adds of its own lives in the views.
import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import { SLICES, type Push, type Role, type SliceName, type Snapshot, type State } from '../proto/api/index.ts'
import { problemOf, type Host } from './host/host.ts'
import { judgePush } from './revision.ts'

/** How the page stands with its node. */
export type Link = 'connecting' | 'ready' | 'lost' | 'ended' | 'closed' | 'outdated'

/** Every slice as a signal. */
export type Slices = { readonly [Name in SliceName]: ReadonlySignal<State[Name]> }

/** What the page knows. */
export interface Store {
  readonly link: ReadonlySignal<Link>
  readonly role: ReadonlySignal<Role>
  /** Undefined until the first state came. */
  readonly slices: ReadonlySignal<Slices | undefined>
}

/** A state that cannot be asked for is asked for again after this. */
const ASK_AGAIN_MS = 1_000

const SLICE_NAMES = Object.keys(SLICES) as readonly SliceName[]

/** Makes the store and keeps it up to date from the host. */
export function createStore(host: Host): Store {
  const link = signal<Link>('connecting')
  const role = signal<Role>('viewer')
  const slices = signal<Slices | undefined>(undefined)
  const known = new Map<SliceName, Signal<State[SliceName]>>()
  let rev = -1
  let asking = false
  let open = false

  const put = (parts: Push['slices']) => {
    batch(() => {
      for (const name of SLICE_NAMES) {
        const value = parts[name]
        if (value === undefined) continue
        const there = known.get(name)
        if (there === undefined) known.set(name, signal(value))
        else there.value = value
      }
      if (slices.value === undefined && known.size === SLICE_NAMES.length) {
        slices.value = Object.fromEntries(known) as unknown as Slices
      }
    })
  }

  const take = (snapshot: Snapshot) => {
    rev = snapshot.rev
    put(snapshot.state)
    link.value = 'ready'
  }

  const ask = async (): Promise<void> => {
    if (asking) return
    asking = true
    const answer = await host.call('state.get', {}).catch(problemOf)
    asking = false
    if ('rev' in answer) take(answer)
    // an answer that is not of the contract comes from another version
    else if (answer.code === 'bad-request') link.value = 'outdated'
    else if (open) setTimeout(() => void ask(), ASK_AGAIN_MS)
  }

  host.start((event) => {
    switch (event.kind) {
      case 'open':
        open = true
        role.value = event.role
        rev = -1
        void ask()
        break
      case 'push': {
        const verdict = judgePush(rev, event.push.rev)
        if (verdict === 'apply') {
          rev = event.push.rev
          put(event.push.slices)
        } else if (verdict === 'gap') void ask()
        break
      }
      case 'unreadable':
        void ask()
        break
      case 'lost':
      case 'ended':
      case 'closed':
      case 'outdated':
        open = false
        link.value = event.kind
    }
  })

  return { link, role, slices }
}
