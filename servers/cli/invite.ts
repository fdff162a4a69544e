// `nodetrust invite`: the links for people, from the configuration and the keys alone, so that nobody has to look for them in a
// log; and personal ones for the broker, each with a token of its own that can be taken back.
import { resolve } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { systemClock } from '../../core/clock.ts'
import { loadConfig } from '../../core/config.ts'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { loadOrCreatePeerKey } from '../../core/peer-key.ts'
import { formatInvitation, formatPageInvitation, INVITATION_SCHEME } from '../../proto/invitation.ts'
import { invitedNameOf, MAX_INVITED_ADDRESSES, parseInvitation } from '../../proto/invitation.ts'
import { addInvitation, brokerInvitation, invitationsPath, readInvitations } from '../broker/invitations.ts'
import { removeInvitation } from '../broker/invitations.ts'
import { ServersConfig } from '../config.ts'
import { roleKeyPath } from '../role-names.ts'
import { UsageError } from '../../core/commands/index.ts'
import { JOIN_PATH, joinPage } from '../join/page.ts'

/** What invite was told. */
export interface InviteOptions {
  readonly config: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whom a personal invitation to the broker is for. */
  readonly for?: string | undefined
  /** Whose is taken back. */
  readonly takeBack?: string | undefined
  /** https URL of the page that forwards to the app; links are printed for it as well. */
  readonly page?: string | undefined
  /** Where that page is written to, for a web server. */
  readonly writePage?: string | undefined
}

/** The page is read by a web server, which is somebody else. */
const PAGE_MODE = 0o644

/**
 * Does it.
 *
 * @returns lines for standard output
 * @throws UsageError, ConfigError, InvitedNameError, FileError
 */
export async function invite(options: InviteOptions): Promise<readonly string[]> {
  const config = await loadConfig(ServersConfig, { file: options.config, env: options.env })
  if (options.for !== undefined && options.takeBack !== undefined)
    throw new UsageError('--for and --take-back are two things: do one after the other')
  const page = pageUrl(options.page) ?? ownPage(config)
  const link = (text: string): readonly string[] =>
    page === undefined || !text.startsWith(INVITATION_SCHEME)
      ? [text]
      : [text, formatPageInvitation(page, parseInvitation(text))]
  if (options.for !== undefined) return (await invitePersonally(config, options.for)).flatMap((line) => link(line))
  if (options.takeBack !== undefined) return await takeBack(config, options.takeBack)
  const lines = [...(await issueLines(config)), ...(await brokerLines(config))]
  if (lines.length === 0) throw new UsageError('the configuration has neither an issue server nor a broker')
  return [...lines.flatMap((line) => link(line)), ...(await writtenPage(options.writePage, page, config))]
}

/** A broker that is asked by https has the page itself. */
function ownPage({ broker }: ServersConfig): string | undefined {
  return broker?.url.startsWith('https:') === true ? new URL(JOIN_PATH, broker.url).href : undefined
}

async function writtenPage(
  path: string | undefined,
  page: string | undefined,
  { join }: ServersConfig,
): Promise<readonly string[]> {
  if (path === undefined) return []
  await writeFileAtomic(resolve(path), joinPage(join.download), PAGE_MODE)
  return [
    page === undefined
      ? `Wrote ${path}: put it on your web server; with --page and its address there, links to it are printed.`
      : `Wrote ${path}: put it on your web server, so that it is found at ${page}.`,
  ]
}

/** @throws UsageError; a link's own part stands behind the `#`, and nothing of it may reach a server */
function pageUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (url?.protocol === 'https:' && `${url.username}${url.password}` === '' && !/[?#]/.test(text)) return url.href
  throw new UsageError(`--page ${text}: expected the https address of your page, such as https://example.net/join`)
}

async function issueLines({ zone, dir, issue }: ServersConfig): Promise<readonly string[]> {
  if (!issue) return []
  const keyPath = roleKeyPath(dir, 'issue')
  if (!(await readFileIfThere(keyPath))) throw new UsageError(`${keyPath} is not there: run \`nodetrust init issue\``)
  const peer = peerIdFromPrivateKey(await loadOrCreatePeerKey(keyPath)).toString()
  const known = issue.announce.length > 0 ? issue.announce : issue.listen.filter((address) => !isUnspecific(address))
  if (known.length === 0)
    return ['Issue server: set `issue.announce` to the addresses that people are told; `listen` names none.']
  const addresses = known.slice(0, MAX_INVITED_ADDRESSES).map((address) => `${address}/p2p/${peer}`)
  const name = issue.displayName === '' ? invitedNameOf(zone) : issue.displayName
  return ['Issue server, for Nodetrust:', formatInvitation({ zone, name, issue: addresses })]
}

async function brokerLines(config: ServersConfig): Promise<readonly string[]> {
  const { broker, dir } = config
  if (!broker) return []
  const people = await readInvitations(invitationsPath(dir))
  const { tokenFile, invitations, peers } = broker.access
  const closed = people !== undefined || tokenFile !== undefined || invitations.length > 0 || peers.length > 0
  if (!closed) return ['Broker, for Nodetrust (other programs take its URL):', brokerInvitation(linkOf(config, broker))]
  const names = (people ?? []).map(({ name }) => name).join(', ')
  return [
    `Broker: only those who were invited may register${names === '' ? '' : ` (${names})`}. Invite with --for NAME.`,
  ]
}

async function invitePersonally(config: ServersConfig, name: string): Promise<readonly string[]> {
  const { broker, dir } = config
  if (!broker)
    throw new UsageError('only a broker has personal invitations, and the configuration has no section "broker"')
  const path = invitationsPath(dir)
  const isFirst = (await readInvitations(path)) === undefined
  const token = await addInvitation(path, name, systemClock.now())
  return [
    `For ${name} alone:`,
    brokerInvitation(linkOf(config, broker), token),
    `Programs other than Nodetrust send the token as Forge-Authorization: ${token}`,
    'It is shown only once. The running broker knows it within ten seconds.',
    ...(isFirst ? ['From now on nobody registers uninvited. To open the broker to everybody again, remove', path] : []),
  ]
}

async function takeBack({ dir }: ServersConfig, name: string): Promise<readonly string[]> {
  await removeInvitation(invitationsPath(dir), name)
  return [
    `The invitation of ${name} is worth nothing within ten seconds. Certificates that were got with it stay good.`,
  ]
}

function linkOf({ zone, issue }: ServersConfig, { url }: NonNullable<ServersConfig['broker']>) {
  return { zone, url, directory: issue?.acme.directory }
}

function isUnspecific(address: string): boolean {
  return /^\/(ip4\/0\.0\.0\.0|ip6\/::)\//.test(address)
}
