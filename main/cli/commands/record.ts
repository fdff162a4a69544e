// `nodetrust record show`: what a signed record says, who signed it and what is wrong with it. No node has to run for it.
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Given, UsageError } from '../../../core/commands/index.ts'
import { FileError } from '../../../core/files.ts'
import { MAX_ENVELOPE_BYTES } from '../../../core/records/envelope.ts'
import { showEnvelope } from '../../../core/records/show.ts'
import { writeJson } from '../json.ts'
import { recordJson, recordText } from '../record-text.ts'
import type { Terminal } from '../terminal.ts'

/** As text an envelope has two letters for each byte, and line ends. */
const MAX_READ_BYTES = 4 * MAX_ENVELOPE_BYTES

/** Exit code 0 only for what one may believe. */
export async function showRecord({ words, switches }: Given, terminal: Terminal): Promise<number> {
  const now = terminal.clock.now()
  const shown = await showEnvelope(await bytesOf(words[0] ?? '', terminal), now)
  if (switches.has('json')) writeJson(terminal, 'record show', recordJson(shown))
  else terminal.print(recordText(shown, now))
  return shown.believable ? 0 : 1
}

/**
 * The bytes that a word stands for: standard input, a file, or itself in hexadecimal or base 64.
 *
 * @throws UsageError, FileError
 */
async function bytesOf(word: string, { readBytes }: Terminal): Promise<Uint8Array> {
  if (word === '-') {
    if (!readBytes) throw new UsageError('there is no standard input to read')
    return plainBytes(await readBytes())
  }
  const file = await readStart(resolve(word))
  if (file) return plainBytes(file)
  const bytes = fromText(word)
  if (!bytes) throw new UsageError(`"${word}" is no file, and neither hexadecimal nor base 64`)
  return bytes
}

/** The bytes of a file, which may hold them as text. */
function plainBytes(content: Uint8Array): Uint8Array {
  const text = Buffer.from(content).toString('latin1')
  return fromText(text) ?? content
}

/** @returns undefined for what is neither */
function fromText(text: string): Uint8Array | undefined {
  const letters = text.replaceAll(/\s+/g, '')
  if (letters === '') return undefined
  if (/^(?:0x)?(?:[0-9a-f]{2})+$/i.test(letters))
    return Uint8Array.from(Buffer.from(letters.replace(/^0x/i, ''), 'hex'))
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(letters)) return Uint8Array.from(Buffer.from(letters, 'base64'))
  return undefined
}

/** The first bytes of a file, more than an envelope may have; undefined where there is none. @throws FileError */
async function readStart(path: string): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_READ_BYTES), 0, MAX_READ_BYTES, null)
    return Uint8Array.from(buffer.subarray(0, bytesRead))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // a long word is no path, whatever else it is
    if (code === 'ENOENT' || code === 'ENAMETOOLONG' || code === 'ENOTDIR') return undefined
    throw new FileError(path, 'read', error)
  }
}
