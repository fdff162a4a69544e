// The Debian package of the desktop app, made by dpkg's own dpkg-deb from the folder that electron-builder has packed. The same folder
// gives the same bytes. What it installs where is the list in `layOut`; the rest of its files are in packaging/linux/.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmod,
  cp,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  lutimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzipSync } from 'node:zlib'
import { completionFor, SHELLS } from '../../core/commands/completion.ts'
import { readManifest } from './command.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const SOURCES = join(ROOT, 'packaging', 'linux')

const run = promisify(execFile)

const MAINTAINER = 'The Nodetrust authors <hello@nodetrust.org>'

/** Where the app is installed; maintainer scripts and AppArmor profile name it. */
const HOME = 'opt/Nodetrust'

/**
 * Libraries that Electron is linked with, as dpkg-shlibdeps finds them on Debian 12 (a test compares), and what it loads or starts when
 * it needs it: libnotify for messages, xdg-utils for links. Newer releases provide the same names (libgtk-3-0t64 and the like).
 */
const DEPENDS = [
  ...[
    'libasound2 (>= 1.0.17)',
    'libatk-bridge2.0-0 (>= 2.5.3)',
    'libatk1.0-0 (>= 2.32.0)',
    'libatspi2.0-0 (>= 2.9.90)',
  ],
  ...[
    'libc6 (>= 2.34)',
    'libcairo2 (>= 1.6.0)',
    'libcups2 (>= 1.7.0)',
    'libdbus-1-3 (>= 1.9.14)',
    'libdrm2 (>= 2.4.75)',
  ],
  ...['libexpat1 (>= 2.1~beta3)', 'libgbm1 (>= 17.1.0~rc2)', 'libgcc-s1 (>= 4.2)', 'libglib2.0-0 (>= 2.37.3)'],
  ...[
    'libgtk-3-0 (>= 3.9.10)',
    'libnotify4',
    'libnspr4 (>= 2:4.9-2~)',
    'libnss3 (>= 2:3.30)',
    'libpango-1.0-0 (>= 1.14.0)',
  ],
  ...['libudev1 (>= 183)', 'libx11-6 (>= 2:1.4.99.1)', 'libxcb1 (>= 1.9.2)', 'libxcomposite1 (>= 1:0.4.5)'],
  ...['libxdamage1 (>= 1:1.1)', 'libxext6', 'libxfixes3', 'libxkbcommon0 (>= 0.5.0)', 'libxrandr2', 'xdg-utils'],
] as const

/** The key is kept by whichever program offers the secret service; links find the app by desktop-file-utils' list of handlers. */
const RECOMMENDS = [
  'gnome-keyring | libkf6wallet-bin | libkf5wallet-bin | keepassxc',
  'desktop-file-utils',
  'hicolor-icon-theme',
] as const

/** `machine` of an ELF file (its bytes 18 and 19), and Debian's name for it. */
const ARCHITECTURES: Readonly<Record<number, string>> = { 0x3e: 'amd64', 0xb7: 'arm64' }

/** The package cannot be made; the message says why. */
export class DebError extends Error {
  override readonly name = 'DebError'
}

/** What is packed where. */
export interface DebInit {
  /** The app, as electron-builder's `--dir` leaves it. */
  readonly app: string
  /** The folder for the file. */
  readonly output: string
  /** Time of every file in it, seconds since 1970. */
  readonly mtime: number
  /** As a release is called. @default the project's version */
  readonly version?: string | undefined
  /** As dpkg-deb knows it; `none` is for tests. @default 'xz', which every dpkg can read */
  readonly compression?: 'xz' | 'none'
}

/**
 * Makes it.
 *
 * @returns the path of the file
 * @throws DebError
 */
export async function makeDeb(init: DebInit): Promise<string> {
  const manifest = await readManifest()
  // of 1.0.0-beta.1 Debian knows by the ~ that it comes before 1.0.0
  const version = `${(init.version ?? manifest.version).replaceAll('-', '~')}-1`
  const architecture = await architectureOf(join(init.app, 'nodetrust'))
  const tree = join(init.output, 'deb-tree')
  await rm(tree, { recursive: true, force: true })
  try {
    await layOut(tree, init, version)
    const control = join(tree, 'DEBIAN')
    await mkdir(control)
    for (const name of ['postinst', 'prerm', 'postrm', 'triggers'])
      await cp(join(SOURCES, 'debian', name), join(control, name))
    const { digests, kibibytes } = await sumsOf(tree)
    await writeFile(join(control, 'md5sums'), digests)
    await writeFile(
      join(control, 'control'),
      controlOf({
        version,
        architecture,
        kibibytes,
        synopsis: 'certificate that every browser trusts, for a node at home',
      }),
    )
    await settle(tree, init.mtime)
    const path = join(init.output, `nodetrust_${version}_${architecture}.deb`)
    const words = ['--root-owner-group', `-Z${init.compression ?? 'xz'}`, '--build', tree, path]
    await run('dpkg-deb', words, { env: { ...process.env, SOURCE_DATE_EPOCH: String(init.mtime) } })
    return path
  } catch (error) {
    if (error instanceof DebError) throw error
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'syscall' in error
    if (missing && String(error.syscall).startsWith('spawn'))
      throw new DebError('dpkg-deb is not here: install dpkg, or make the package on Debian or Ubuntu', {
        cause: error,
      })
    throw new DebError(`cannot make the .deb: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}

/** Puts everything where it will be installed. */
async function layOut(tree: string, { app, mtime }: DebInit, version: string): Promise<void> {
  const home = join(tree, HOME)
  const share = join(tree, 'usr', 'share')
  const doc = join(share, 'doc', 'nodetrust')
  await cp(app, home, { recursive: true, verbatimSymlinks: true })
  await put(join(SOURCES, 'apparmor-profile'), join(home, 'resources', 'apparmor-profile'))
  await mkdir(join(tree, 'usr', 'bin'), { recursive: true })
  await symlink(`/${HOME}/bin/nodetrust`, join(tree, 'usr', 'bin', 'nodetrust'))
  const desktop = 'org.nodetrust.app.desktop'
  await put(join(SOURCES, desktop), join(share, 'applications', desktop))
  const icons = join(ROOT, 'assets', 'icons', 'app')
  for (const name of await readdir(icons)) {
    const size = /^(\d+x\d+)\.png$/.exec(name)?.[1]
    // the theme has no folder for more
    if (size === undefined || size === '1024x1024' || size === '20x20' || size === '40x40') continue
    await put(join(icons, name), join(share, 'icons', 'hicolor', size, 'apps', 'nodetrust.png'))
  }
  await put(join(icons, 'app.svg'), join(share, 'icons', 'hicolor', 'scalable', 'apps', 'nodetrust.svg'))
  await zip(await readFile(join(SOURCES, 'nodetrust.1')), join(share, 'man', 'man1', 'nodetrust.1.gz'))
  const completions = {
    bash: join(share, 'bash-completion', 'completions', 'nodetrust'),
    zsh: join(share, 'zsh', 'vendor-completions', '_nodetrust'),
    fish: join(share, 'fish', 'vendor_completions.d', 'nodetrust.fish'),
  }
  for (const shell of SHELLS) {
    await mkdir(dirname(completions[shell]), { recursive: true })
    await writeFile(completions[shell], completionFor(shell))
  }
  await put(join(SOURCES, 'debian', 'copyright'), join(doc, 'copyright'))
  await zip(await readFile(join(ROOT, 'CHANGELOG.md')), join(doc, 'changelog.gz'))
  await zip(Buffer.from(changelogOf(version, mtime)), join(doc, 'changelog.Debian.gz'))
  await put(join(SOURCES, 'debian', 'lintian-overrides'), join(share, 'lintian', 'overrides', 'nodetrust'))
}

async function put(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await cp(from, to)
}

/** Without a time or a name inside, as Debian's policy asks for. */
async function zip(content: Buffer, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  const bytes = gzipSync(content, { level: constants.Z_BEST_COMPRESSION })
  // where gzip writes the operating system it ran on (RFC 1952 section 2.3); 3 is Unix
  bytes[9] = 3
  await writeFile(to, bytes)
}

function changelogOf(version: string, mtime: number): string {
  const date = new Date(mtime * 1000).toUTCString().replace('GMT', '+0000')
  return [
    `nodetrust (${version}) stable; urgency=medium`,
    '',
    '  * What is new is in changelog.gz.',
    '',
    ` -- ${MAINTAINER}  ${date}`,
    '',
  ].join('\n')
}

interface Control {
  readonly version: string
  readonly architecture: string
  readonly kibibytes: number
  readonly synopsis: string
}

function controlOf({ version, architecture, kibibytes, synopsis }: Control): string {
  return [
    'Package: nodetrust',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${kibibytes}`,
    `Depends: ${DEPENDS.join(', ')}`,
    `Recommends: ${RECOMMENDS.join(', ')}`,
    'Section: net',
    'Priority: optional',
    'Homepage: https://nodetrust.org/',
    `Description: ${synopsis}`,
    ' Gets a certificate for this computer with one click, keeps it fresh for',
    ' years, and lets browsers connect to its libp2p node safely. Lives in the',
    ' panel of the desktop. No domain is needed.',
    ' .',
    ' The commands of "nodetrust" in a terminal need Node 24 or newer besides.',
    '',
  ].join('\n')
}

/** What the program was built for. */
async function architectureOf(program: string): Promise<string> {
  const file = await open(program)
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(20), position: 0 })
    const isElf = buffer.toString('latin1', 0, 4) === '\u007fELF'
    const found = isElf ? ARCHITECTURES[buffer.readUInt16LE(18)] : undefined
    if (found === undefined) throw new DebError(`${program} is no program for amd64 or arm64 Linux`)
    return found
  } finally {
    await file.close()
  }
}

async function entriesOf(tree: string): Promise<string[]> {
  return (await readdir(tree, { recursive: true })).sort()
}

/** Digests as dpkg --verify reads them, and the size on a disk as dpkg-gencontrol counts it. */
async function sumsOf(tree: string): Promise<{ digests: string; kibibytes: number }> {
  let kibibytes = 0
  const lines: string[] = []
  for (const path of await entriesOf(tree)) {
    const found = await lstat(join(tree, path))
    if (path.split('/')[0] === 'DEBIAN') continue
    kibibytes += found.isFile() ? Math.ceil(found.size / 1024) : 1
    if (!found.isFile()) continue
    const digest = createHash('md5')
    digest.update(await readFile(join(tree, path)))
    lines.push(`${digest.digest('hex')}  ${path}\n`)
  }
  return { digests: lines.join(''), kibibytes }
}

/**
 * One time, and the modes that people are meant to get, whatever umask and checkout were here. Chromium's helper is root's and setuid, as
 * Chrome, Chromium and others install it: whether a kernel gives user namespaces can change at every boot, an installation cannot know it,
 * and root, who installs, may always. Where they are given, the helper is never run. `dpkg-statoverride` takes the bit away for good.
 */
async function settle(tree: string, mtime: number): Promise<void> {
  for (const path of ['', ...(await entriesOf(tree))].toReversed()) {
    const place = join(tree, path)
    const found = await lstat(place)
    if (!found.isSymbolicLink()) {
      const isProgram = found.isDirectory() || (found.mode & 0o100) !== 0
      await chmod(place, path === `${HOME}/chrome-sandbox` ? 0o4755 : isProgram ? 0o755 : 0o644)
    } else if ((await readlink(place)).startsWith(tree)) throw new DebError(`${path} leads out of the package`)
    await lutimes(place, mtime, mtime)
  }
}
