// How a computer's own resolver is told to ask ours for names by key, for each kind of resolver: the files with their lines, and what has to
// read them again. Only names below nostr are led here; all else stays as it is.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FileError } from '../../../core/files.ts'

/** Which resolver a computer has. */
export type ResolverKind = 'systemd-resolved' | 'dnsmasq' | 'macos' | 'windows' | 'unknown'

/** What to set. */
export interface ResolverPlan {
  readonly kind: ResolverKind
  /** Absolute paths and whole contents. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
  /** Commands afterwards, as a person types them. */
  readonly commands: readonly string[]
  /** The same for taking it back. */
  readonly undoCommands: readonly string[]
  /** Why it cannot be done by files here; undefined where it can. */
  readonly manual: string | undefined
}

const ZONES = ['nostr', 'nostr.alt'] as const
const HEAD =
  '# Names that belong to a key, answered by Nodetrust on this computer (nodetrust resolver setup --undo takes this back)'

/** Looks which resolver there is. @param root  where the file system begins; tests have one of their own */
export function resolverKind(platform: NodeJS.Platform, root = '/'): ResolverKind {
  if (platform === 'darwin') return 'macos'
  if (platform === 'win32') return 'windows'
  if (existsSync(join(root, 'run/systemd/resolve'))) return 'systemd-resolved'
  if (existsSync(join(root, 'etc/dnsmasq.d')) || existsSync(join(root, 'etc/dnsmasq.conf'))) return 'dnsmasq'
  return 'unknown'
}

/** What to set. @param port  of our resolver on 127.0.0.1 */
export function resolverPlan(kind: ResolverKind, port: number, root = '/'): ResolverPlan {
  const at = (path: string) => join(root, path)
  switch (kind) {
    case 'systemd-resolved': {
      const text = `${HEAD}\n[Resolve]\nDNS=127.0.0.1:${port}\nDomains=${ZONES.map((zone) => `~${zone}`).join(' ')}\n`
      const commands = ['systemctl restart systemd-resolved']
      return {
        kind,
        files: [{ path: at('etc/systemd/resolved.conf.d/nodetrust-names.conf'), text }],
        commands,
        undoCommands: commands,
        manual: undefined,
      }
    }
    case 'dnsmasq': {
      const text = `${HEAD}\n${ZONES.map((zone) => `server=/${zone}/127.0.0.1#${port}`).join('\n')}\n`
      const commands = ['systemctl restart dnsmasq']
      return {
        kind,
        files: [{ path: at('etc/dnsmasq.d/nodetrust-names.conf'), text }],
        commands,
        undoCommands: commands,
        manual: undefined,
      }
    }
    case 'macos': {
      const text = `${HEAD}\nnameserver 127.0.0.1\nport ${port}\n`
      const files = ZONES.map((zone) => ({ path: at(`etc/resolver/${zone}`), text }))
      return { kind, files, commands: [], undoCommands: [], manual: undefined }
    }
    case 'windows': {
      const commands = ZONES.map((zone) => `Add-DnsClientNrptRule -Namespace ".${zone}" -NameServers "127.0.0.1"`)
      const undoCommands = [
        `Get-DnsClientNrptRule | Where-Object { ${ZONES.map((zone) => `$_.Namespace -eq ".${zone}"`).join(' -or ')} } | Remove-DnsClientNrptRule -Force`,
      ]
      const manual =
        port === 53
          ? 'run these in a PowerShell of an administrator'
          : 'Windows asks at port 53 alone: set naming.resolver.port to 53 and start the node again, then run these in a PowerShell of an administrator'
      return { kind, files: [], commands, undoCommands, manual }
    }
    default:
      return {
        ...{ kind, files: [], commands: [], undoCommands: [] },
        manual: `neither systemd-resolved nor dnsmasq is here: let your resolver ask 127.0.0.1 port ${port} for ${ZONES.join(' and ')}`,
      }
  }
}

/** Writes the files. @returns those that were changed @throws FileError where the rights are missing */
export async function applyPlan({ files }: ResolverPlan): Promise<readonly string[]> {
  const changed: string[] = []
  for (const { path, text } of files) {
    try {
      if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text, { mode: 0o644 })
      changed.push(path)
    } catch (error) {
      throw new FileError(path, 'write', error)
    }
  }
  return changed
}

/** Takes away the files that are ours. @returns those that were there @throws FileError */
export async function undoPlan({ files }: ResolverPlan): Promise<readonly string[]> {
  const gone: string[] = []
  for (const { path } of files) {
    try {
      const text = await readFile(path, 'utf8').catch(() => undefined)
      // a file of somebody else's stays
      if (text === undefined || !text.startsWith(HEAD)) continue
      await rm(path)
      gone.push(path)
    } catch (error) {
      throw new FileError(path, 'remove', error)
    }
  }
  return gone
}
