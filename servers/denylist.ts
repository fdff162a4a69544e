// Lists of addresses that may not register and are not answered: one address, network or URL a line, `#` and `;` begin comments, other
// lines are passed over, as the well-known lists are written (Spamhaus DROP, URLhaus and the like). A file that changes is read again; one that
// cannot be read keeps its last content, because an empty list would let everybody in.
import { readFile, stat } from 'node:fs/promises'
import { BlockList } from 'node:net'
import { basename } from 'node:path'
import { type IpAddress, parseIp, unmapIp } from '../proto/ip.ts'
import { translatedIpv4 } from '../core/net/address-class.ts'
import { labelToIp } from '../proto/names.ts'
import { FileError } from '../core/files.ts'
import type { Log } from '../core/log.ts'

/** The lists. */
export interface Denylist {
  /** The name of the list that an address is on; undefined where it is on none. */
  listWith(ip: IpAddress): string | undefined
  /** Reads files that changed since the last time, or all of them. Never rejects. */
  refresh(options?: { readonly all?: boolean }): Promise<void>
  /** Name of each list, how many entries it has, and when it was read, milliseconds since 1970. */
  state(): readonly { readonly name: string; readonly entries: number; readonly readAt: number }[]
}

interface Loaded {
  readonly path: string
  readonly name: string
  list: BlockList
  entries: number
  changedMs: number
  readAt: number
}

/**
 * Reads the lists.
 *
 * @throws FileError where one cannot be read now: better no role than one that lets in who should stay out
 */
export async function openDenylist(init: {
  readonly paths: readonly string[]
  /** The servers' zone. */
  readonly zone: string
  readonly log: Log
  readonly now: () => number
}): Promise<Denylist> {
  const { paths, zone, log, now } = init
  const load = async (path: string): Promise<Loaded> => {
    const { mtimeMs } = await stat(path)
    const prefixes = parseDenylist(await readFile(path, 'utf8'), zone)
    const list = new BlockList()
    for (const { ip, length } of prefixes) list.addSubnet(ip.text, length, ip.family === 4 ? 'ipv4' : 'ipv6')
    return { path, name: basename(path), list, entries: prefixes.length, changedMs: mtimeMs, readAt: now() }
  }
  const lists: Loaded[] = []
  for (const path of paths) {
    try {
      lists.push(await load(path))
    } catch (error) {
      throw new FileError(path, 'read', error)
    }
  }
  const refreshOne = async (loaded: Loaded, always: boolean): Promise<void> => {
    try {
      const { mtimeMs } = await stat(loaded.path)
      if (mtimeMs === loaded.changedMs && !always) return
      const next = await load(loaded.path)
      if (next.entries === 0 && loaded.entries > 0) {
        loaded.changedMs = mtimeMs
        log.warn(
          { list: loaded.name },
          'a denylist has no entries any more, as after a failed download; its last ones count',
        )
        return
      }
      Object.assign(loaded, next)
      log.info({ list: loaded.name, entries: loaded.entries }, 'read a denylist again')
    } catch (error) {
      log.warn({ list: loaded.name, error: String(error) }, 'a denylist could not be read; its last content counts')
    }
  }
  return {
    listWith(ip) {
      const meant = [unmapIp(ip), ...translatedIpv4(ip)]
      const isOn = ({ list }: Loaded) =>
        meant.some(({ text, family }) => list.check(text, family === 4 ? 'ipv4' : 'ipv6'))
      return lists.find((list) => isOn(list))?.name
    },
    refresh: async ({ all = false } = {}) => void (await Promise.all(lists.map((list) => refreshOne(list, all)))),
    state: () => lists.map(({ name, entries, readAt }) => ({ name, entries, readAt })),
  }
}

/** A network; an address is one with all its bits. */
export interface Prefix {
  readonly ip: IpAddress
  readonly length: number
}

/** Reads a list. @param zone  whose names with an address may stand in URLs */
export function parseDenylist(text: string, zone: string): readonly Prefix[] {
  return text.split(/\r?\n/).flatMap((line) => parseLine(line.replace(/[#;].*$/, '').trim(), zone) ?? [])
}

function parseLine(line: string, zone: string): Prefix | undefined {
  if (URL.canParse(line)) {
    const ip = hostToIp(new URL(line).hostname, zone)
    return ip && { ip, length: ip.family === 4 ? 32 : 128 }
  }
  const [, address = '', given] = /^([0-9a-fA-F:.]+)(?:\/([0-9]{1,3}))?$/.exec(line) ?? []
  const written = parseIp(address)
  if (!written) return undefined
  const ip = unmapIp(written)
  const bits = ip.family === 4 ? 32 : 128
  const length = given === undefined ? bits : Number(given) - (written.family === ip.family ? 0 : 96)
  return length >= 0 && length <= bits ? { ip, length } : undefined
}

/**
 * The address that a host leads to without being looked up: an IP, or a name of ours with one below any peer. What stands for the peer
 * is not checked, because who is denied would write another.
 */
export function hostToIp(host: string, zone: string): IpAddress | undefined {
  const written = parseIp(host.replace(/^\[|\]$/g, '')) ?? nameToIp(host.toLowerCase(), zone)
  return written && unmapIp(written)
}

function nameToIp(host: string, zone: string): IpAddress | undefined {
  if (!host.endsWith(`.${zone}`)) return undefined
  const [label = '', , ...more] = host.slice(0, -zone.length - 1).split('.')
  return more.length === 0 ? labelToIp(label) : undefined
}
