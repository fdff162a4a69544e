// The Linux forms of the desktop app. electron-builder packs the folder and makes AppImages from it; the .deb and the .tar.gz are made here
// by the system's own tools, because electron-builder fetches fpm and 7-Zip from GitHub for them and fixes neither times nor order.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readManifest } from './command.ts'
import { makeDeb } from './deb.ts'

const run = promisify(execFile)

/** What is made where nothing is named. */
export const LINUX_FORMATS = ['deb', 'tar.gz', 'AppImage'] as const
export type LinuxFormat = (typeof LINUX_FORMATS)[number]

/** A form that nobody knows, or one that cannot be made here; the message says why. */
export class LinuxPackageError extends Error {
  override readonly name = 'LinuxPackageError'
}

/** What was asked for on the command line. */
export interface LinuxWish {
  /** Only the folder. */
  readonly dirOnly: boolean
  readonly formats: readonly LinuxFormat[]
  /** Everything else, for electron-builder. */
  readonly flags: readonly string[]
}

/**
 * Reads `--linux [--dir] [format ...]`, with --linux left out on Linux.
 *
 * @returns undefined where other systems' packages are asked for
 * @throws LinuxPackageError for a form that is none
 */
export function linuxWish(words: readonly string[], platform: string = process.platform): LinuxWish | undefined {
  const isOther = words.some((word) => ['--mac', '--win', '-m', '-w'].includes(word))
  const isLinux = words.some((word) => ['--linux', '-l'].includes(word)) || platform === 'linux'
  if (isOther || !isLinux) return undefined
  const rest = words.filter((word) => !['--linux', '-l', '--dir'].includes(word))
  const named = rest.filter((word) => !word.startsWith('-'))
  const formats = named.map((word) => {
    const format = LINUX_FORMATS.find((one) => one.toLowerCase() === word.toLowerCase())
    if (format === undefined)
      throw new LinuxPackageError(
        `there is no Linux package "${word}": ${LINUX_FORMATS.join(', ')} can be made, or --dir`,
      )
    return format
  })
  return {
    dirOnly: words.includes('--dir'),
    formats: formats.length > 0 ? formats : LINUX_FORMATS,
    flags: rest.filter((word) => word.startsWith('-')),
  }
}

/** What is made of the folder. */
export interface LinuxFormsInit {
  /** The folder, as electron-builder's `--dir` leaves it. */
  readonly app: string
  /** Where the files go. */
  readonly output: string
  /** Seconds since 1970. */
  readonly mtime: number
}

/**
 * Makes the .deb.
 *
 * @returns its path
 */
export const deb = (init: LinuxFormsInit): Promise<string> => makeDeb(init)

/** Makes the .tar.gz with GNU tar: one folder, nobody's name, one time, entries in order. */
export async function tarGz({ app, output, mtime }: LinuxFormsInit): Promise<string> {
  const { version } = await readManifest()
  const name = `nodetrust-${version}-linux-${process.arch}`
  const path = join(output, `${name}.tar.gz`)
  const words = [
    ...['--create', `--file=${path}`, '--use-compress-program=gzip -9n', `--directory=${app}`, '--format=ustar'],
    ...['--sort=name', `--mtime=@${mtime}`, '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'],
    // the helper is of no use without root's bit, which no tarball can give to whoever unpacks it
    ...[`--transform=s,^[.],${name},`, '.'],
  ]
  try {
    await run('tar', words)
    return path
  } catch (error) {
    throw new LinuxPackageError(`cannot make ${path} with GNU tar and gzip: ${String(error)}`, { cause: error })
  }
}
