// Parts of the page that are fetched when they are needed first, each in a file of its own (vite.config.ts), so that a visit loads
// what it shows. A part that did not come is asked for once more by itself; after that a person is asked (views/frame/failed.tsx).
import { useEffect } from 'preact/hooks'
import { signal, type ReadonlySignal } from '@preact/signals'

/** How it stands with a part. */
export type Fetched<What> =
  | { readonly is: 'wanted' | 'failed' }
  /** It is there, for as long as the page lives. */
  | { readonly is: 'there'; readonly what: What }

/** One part. */
export interface Later<What> {
  readonly now: ReadonlySignal<Fetched<What>>
  /** Fetches it, unless it is there or on its way. @returns whether it is there now */
  fetch(): Promise<boolean>
}

/** A part that is there from the start. */
export function present<What>(what: What): Later<What> {
  return { now: signal({ is: 'there', what }), fetch: () => Promise.resolve(true) }
}

/** A part that nobody has asked for yet. @param load  the import; may be called again where it failed */
export function later<What>(load: () => Promise<What>): Later<What> {
  const now = signal<Fetched<What>>({ is: 'wanted' })
  let busy: Promise<boolean> | undefined
  const run = async (): Promise<boolean> => {
    try {
      now.value = { is: 'there', what: await load().catch(load) }
      return true
    } catch {
      now.value = { is: 'failed' }
      return false
    } finally {
      busy = undefined
    }
  }
  return {
    now,
    fetch() {
      if (now.peek().is === 'there') return Promise.resolve(true)
      busy ??= run()
      return busy
    },
  }
}

/** How it stands with a part that is drawn where this is called; fetches it. @param part  undefined for none */
export function useLater<What>(part: Later<What> | undefined): Fetched<What> | undefined {
  useEffect(() => void part?.fetch(), [part])
  return part?.now.value
}
