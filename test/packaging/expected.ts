// What a package has to be like, whoever looks: the fuses of its program and the files of its archive.
import { readFile } from 'node:fs/promises'

/** By these bytes @electron/fuses finds the wire; then its version, its length, and a digit for each fuse as Electron ships them. */
export const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
/** S17: what each fuse has to be, by its place in the wire. */
export const FUSES = {
  runAsNode: '0',
  cookieEncryption: '0',
  nodeOptions: '0',
  nodeCliInspect: '0',
  embeddedAsarIntegrityValidation: '1',
  onlyLoadAppFromAsar: '1',
  loadBrowserProcessSpecificV8Snapshot: '0',
  grantFileProtocolExtraPrivileges: '0',
  // left as Electron ships it: WebAssembly needs it
  wasmTrapHandlers: '1',
} as const

/** Everything that may be in the archive. What is not named here fails the test, whatever it is. */
export const ALLOWED: readonly RegExp[] = [
  /^package\.json$/,
  /^build\/(?:(?:start|main)\.js|preload\.cjs|servers\/cli\.js)$/,
  /^build\/renderer\/(?:index\.html|assets\/[\w-]+\.(?:js|css|svg|png|woff2))(?:\.gz)?$/,
  /^assets\/icons\/app\/512x512\.png$/,
  /^assets\/icons\/tray\/(?:large\/)?[a-z0-9-]+(?:@[\d.]+x)?\.png$/,
  /^node_modules\/@napi-rs\/keyring\/(?:LICENSE|index\.js|package\.json)$/,
  /^node_modules\/@napi-rs\/keyring-[a-z0-9-]+\/(?:package\.json|keyring\.[a-z0-9-]+\.node)$/,
]

/** The part of @electron/asar that is used; it is no dependency of the project, so its types are not here. */
export interface Asar {
  listPackage(archive: string, options: { readonly isPack: boolean }): string[]
  extractFile(archive: string, path: string): Buffer
  statFile(archive: string, path: string): { readonly files?: object; readonly unpacked?: boolean }
}

/** The fuses of a program, a digit each. */
export async function fusesOf(program: string): Promise<string> {
  const bytes = await readFile(program)
  const at = bytes.indexOf(FUSE_SENTINEL) + FUSE_SENTINEL.length
  return bytes.toString('latin1', at + 2, at + 2 + (bytes[at + 1] ?? 0))
}
