// `nodetrust name …`: this computer's name that belongs to a key, and others'.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UsageError } from '../../../core/commands/index.ts'
import { FileError } from '../../../core/files.ts'
import { findNode } from '../client.ts'
import { writeJson } from '../json.ts'
import { lookedUpText, nameText, verificationText } from '../name-text.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

/** A key has 63 characters. */
const MAX_KEY_CHARS = 200

export async function nameStatus({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const node = await findNode(dir)
  await node.call('name.wake', {})
  const { state } = await node.call('state.get', {})
  if (switches.has('json')) writeJson(terminal, 'name status', state.name)
  else terminal.print(nameText(state.name, terminal.clock.now()))
  return 0
}

export async function publishName({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const node = await findNode(dir)
  await node.call('name.publish', {})
  const { state } = await node.call('state.get', {})
  if (switches.has('json')) writeJson(terminal, 'name publish', state.name)
  else terminal.print(nameText(state.name, terminal.clock.now()))
  return state.name.published === null ? 1 : 0
}

export async function withdrawName({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const node = await findNode(dir)
  await node.call('name.withdraw', {})
  const { state } = await node.call('state.get', {})
  if (switches.has('json')) writeJson(terminal, 'name withdraw', state.name)
  else if (state.name.trouble !== null)
    terminal.say('No relay has taken it yet: it is tried again by itself. (nodetrust name status)')
  else terminal.say('Withdrawn. Relays are asked to forget it; what others have kept nobody can take back.')
  return state.name.trouble === null ? 0 : 1
}

export async function importName({ dir, switches, words }: Asked, terminal: Terminal): Promise<number> {
  const own = switches.has('own')
  const nsec = own ? '' : await readKey(words[0] ?? '', terminal)
  const node = await findNode(dir)
  await node.call('name.import', { nsec })
  if (own) terminal.say('The name belongs to this computer’s own key again.')
  else {
    terminal.say(
      'The name belongs to your own key now. If it is the one that you write with elsewhere, everybody can see where you live;',
    )
    terminal.say('a backup of this node does not hold it. nodetrust name publish publishes it.')
  }
  return 0
}

/** @throws UsageError, FileError */
async function readKey(word: string, { readAll }: Terminal): Promise<string> {
  if (/^nsec1/i.test(word))
    throw new UsageError(
      'the key itself would be seen by others on this computer: give a file, or - for standard input',
    )
  if (word === '-') {
    if (!readAll) throw new UsageError('there is no standard input to read')
    return keyIn(await readAll())
  }
  try {
    return keyIn(await readFile(resolve(word), 'utf8'))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new FileError(resolve(word), 'read', error)
  }
}

/** @throws UsageError */
function keyIn(text: string): string {
  const key = text.trim()
  if (key === '' || key.length > MAX_KEY_CHARS) throw new UsageError('there is no key: it begins with nsec1')
  return key
}

export async function nameCertificate({ dir }: Asked, terminal: Terminal): Promise<number> {
  const { certPem } = await (await findNode(dir)).call('name.certificate', {})
  terminal.write(certPem.trimEnd())
  return 0
}

export async function resolveName({ dir, switches, words }: Asked, terminal: Terminal): Promise<number> {
  const name = await nameIn(words[0] ?? '')
  const found = await (await findNode(dir)).call('name.look', { name, fresh: switches.has('fresh') })
  if (switches.has('json')) writeJson(terminal, 'name resolve', found)
  else terminal.print(lookedUpText(found, terminal.clock.now()))
  return found.signedAt === null ? 1 : 0
}

export async function verifyName({ dir, switches, values, words }: Asked, terminal: Terminal): Promise<number> {
  const name = await nameIn(words[0] ?? '')
  const where = values.get('offline')
  const found =
    where === undefined
      ? await (await findNode(dir)).call('name.verify', { name })
      : await (await import('../offline-name.ts')).verifyNameOffline(name, where, terminal)
  if (switches.has('json')) writeJson(terminal, 'name verify', found)
  else terminal.print(verificationText(found))
  return found.ok ? 0 : 1
}

export async function openName({ dir, switches, words }: Asked, terminal: Terminal): Promise<number> {
  const name = await nameIn(words[0] ?? '')
  const opened = await (await findNode(dir)).call('name.open', { name })
  if (switches.has('json')) {
    writeJson(terminal, 'name open', opened)
    return 0
  }
  terminal.print(opened.url)
  terminal.say(`Your browser takes names by key by this automatic proxy configuration: ${opened.pac}`)
  terminal.say('It has to trust the proxy once: nodetrust name trust on')
  terminal.say(`For a profile of its own: chromium --user-data-dir=names --proxy-pac-url=${opened.pac} ${opened.url}`)
  return 0
}

export async function trustNames({ dir, switches, words }: Asked, terminal: Terminal): Promise<number> {
  const [word] = words
  if (word !== 'on' && word !== 'off') throw new UsageError('nodetrust name trust on, or nodetrust name trust off')
  const { certPem, places } = await (await findNode(dir)).call('name.trust', { on: word === 'on' })
  if (switches.has('json')) writeJson(terminal, 'name trust', { trusted: word === 'on', places, certPem })
  else if (places.length === 0) terminal.say('No browser of yours was found here, so nothing was changed.')
  else
    terminal.say(
      `${word === 'on' ? 'Trusted by' : 'Taken out of'} ${places.join(', ')}. Browsers that run have to be started again.`,
    )
  return 0
}

/** Told before a node is asked, so that a mistyped name is one of words. @throws UsageError */
async function nameIn(word: string): Promise<string> {
  const { NameTextError, readName } = await import('../../naming/name-text.ts')
  try {
    readName(word)
    return word
  } catch (error) {
    if (error instanceof NameTextError) throw new UsageError(error.message)
    throw error
  }
}
