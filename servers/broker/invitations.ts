// Who was invited to the broker: a file in its folder with a name and the digest of a token for each person, written by
// `nodetrust invite` and read again by the running broker. As long as the file is there, nobody comes in uninvited, even where all
// invitations were taken back: the last one to go must not open the door to everybody.
import { createHash, randomBytes } from 'node:crypto'
import { chown, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { directoryUrl } from '../../core/acme/directories.ts'
import { formatInvitation, invitedNameOf } from '../../proto/invitation.ts'
import { FileError, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import type { Log } from '../../core/log.ts'

/** One invitation. */
export interface Invited {
  /** Whom it is for, as the operator calls them. */
  readonly name: string
  /** SHA-256 of the token, hex. */
  readonly digest: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Somebody of that name was invited before, or was not. */
export class InvitedNameError extends Error {
  override readonly name = 'InvitedNameError'
}

/** The invitations as the broker sees them. */
export interface InvitationList {
  /** undefined where nobody was ever invited one by one. */
  current(): readonly Invited[] | undefined
  /** Reads the file where it has changed. Never rejects. */
  refresh(): Promise<void>
}

/** 256 bits, as nobody guesses. */
const TOKEN_BYTES = 32

/** More is a community that wants another way to know its people; it also bounds what each request is compared with. */
const MAX_INVITATIONS = 1_000

/** Letters, digits and plain punctuation, in a line. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,63}$/u

const InvitationsSchema = v.pipe(
  v.array(
    v.strictObject({
      name: v.pipe(v.string(), v.regex(NAME)),
      digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      at: v.number(),
    }),
  ),
  v.maxLength(MAX_INVITATIONS),
)

/** Where they are. */
export function invitationsPath(dir: string): string {
  return join(dir, 'broker-invitations.json')
}

/**
 * The link that leads to a broker.
 *
 * @param of.directory  of the CA that the zone's peers are meant to ask
 * @param token         of whom it is for, where the broker asks for one
 */
export function brokerInvitation(
  of: { readonly zone: string; readonly url: string; readonly directory: string | undefined },
  token?: string,
): string {
  const directory = directoryUrl(of.directory)
  return formatInvitation({
    ...{ zone: of.zone, name: invitedNameOf(of.zone), issue: [], broker: of.url.replace(/\/$/, ''), token },
    directory: directory === directoryUrl() ? undefined : directory,
  })
}

/** What is kept of a token. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/**
 * Reads the invitations.
 *
 * @returns undefined where there is no file
 * @throws FileError where it cannot be read or is none of ours: better no broker than one that lets in who should stay out
 */
export async function readInvitations(path: string): Promise<readonly Invited[] | undefined> {
  const text = (await readFileIfThere(path))?.toString('utf8')
  if (text === undefined) return undefined
  try {
    return v.parse(InvitationsSchema, JSON.parse(text))
  } catch (error) {
    throw new FileError(path, 'read', error)
  }
}

/**
 * Invites somebody.
 *
 * @returns the token, which is written down nowhere else
 * @throws InvitedNameError where the name was given before, is none, or there are too many; FileError
 */
export async function addInvitation(path: string, name: string, now: number): Promise<string> {
  const all = (await readInvitations(path)) ?? []
  if (!NAME.test(name))
    throw new InvitedNameError(`"${name}" is no name: expected up to 64 letters, digits, spaces and . _ @ + -`)
  if (all.some((one) => one.name === name))
    throw new InvitedNameError(`"${name}" was invited already: take that back first, or choose another name`)
  if (all.length >= MAX_INVITATIONS)
    throw new InvitedNameError(`${all.length} people are invited, which is the most: take some back`)
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  await write(path, [...all, { name, digest: tokenDigest(token), at: now }])
  return token
}

/**
 * Takes an invitation back: from now on its token is worth nothing. Certificates that were got with it stay.
 *
 * @throws InvitedNameError where nobody of that name was invited; FileError
 */
export async function removeInvitation(path: string, name: string): Promise<void> {
  const all = (await readInvitations(path)) ?? []
  const left = all.filter((one) => one.name !== name)
  if (left.length === all.length) {
    const names = all.map((one) => one.name).join(', ')
    throw new InvitedNameError(`nobody called "${name}" was invited: ${names === '' ? 'nobody at all' : names}`)
  }
  await write(path, left)
}

/**
 * Closes the broker to whoever was not invited, before the first one is; who was invited already stays so.
 *
 * @throws FileError
 */
export async function closeToUninvited(path: string): Promise<void> {
  if ((await readInvitations(path)) === undefined) await write(path, [])
}

/** The servers may run as another user than who invites; the folder tells which. */
async function write(path: string, all: readonly Invited[]): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(all, undefined, 2)}\n`)
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(dirname(path))
  await chown(path, uid, gid)
}

/**
 * Opens the list for the broker.
 *
 * @throws FileError
 */
export async function openInvitations(init: { readonly path: string; readonly log: Log }): Promise<InvitationList> {
  const { path, log } = init
  let current = await readInvitations(path)
  return {
    current: () => current,
    async refresh() {
      try {
        current = await readInvitations(path)
      } catch (error) {
        log.warn({ error: String(error) }, 'the invitations could not be read; those that were known count')
      }
    },
  }
}
