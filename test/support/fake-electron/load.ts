// Loads the real adapter, or any module of the app, with a fake in place of `electron`. Modules are told apart by a number in
// their address, so that several apps fit into one process and nothing else notices.
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import type { Desktop } from '../../../main/shell/ports.ts'

const FAKE = pathToFileURL(join(import.meta.dirname, 'electron.ts')).href
const ADAPTER = pathToFileURL(join(import.meta.dirname, '..', '..', '..', 'main', 'shell', 'electron.ts')).href

let registered = false

/** The desktop as the real adapter makes it of a fake Electron. */
export async function loadDesktop(id: string): Promise<Desktop> {
  if (!registered) {
    registerHooks({
      resolve(specifier, context, next) {
        const fake = URL.parse(context.parentURL ?? '')?.searchParams.get('fake')
        if (fake == null || specifier !== 'electron') return next(specifier, context)
        return { ...next(FAKE, context), url: `${FAKE}?fake=${fake}`, shortCircuit: true }
      },
    })
    registered = true
  }
  const loaded = (await import(`${ADAPTER}?fake=${id}`)) as { readonly electronDesktop: () => Desktop }
  return loaded.electronDesktop()
}
