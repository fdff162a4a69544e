// Whether the key of this computer is there, and nobody else's.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { KEY_FILE, SEALED_KEY_FILE } from '../identity/files.ts'
import { found, type Check } from './situation.ts'

const OTHERS_MODE = 0o077

export const checkKey: Check = async ({ dir, identity }) => {
  const open = await modeOf(join(dir, KEY_FILE))
  if (open !== undefined && process.platform !== 'win32' && (open & OTHERS_MODE) !== 0)
    return found('key-readable', { file: join(dir, KEY_FILE) })
  if (!identity) {
    if (open !== undefined) return found('key-file')
    return (await modeOf(join(dir, SEALED_KEY_FILE))) === undefined ? found('key-unknown') : found('key-sealed')
  }
  const { state, store, fellBack } = identity
  if (state === 'locked' || state === 'passphrase-needed') return found('key-locked')
  if (state === 'missing') return found('key-missing')
  if (state === 'unavailable') return found('key-unavailable')
  if (store === 'keychain') return found('key-keychain')
  if (store === 'passphrase-file') return found('key-sealed')
  if (fellBack) return found('key-fell-back')
  return found(state === 'ready' ? 'key-file' : 'key-unknown')
}

async function modeOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ mode }) => mode,
    () => undefined,
  )
}
