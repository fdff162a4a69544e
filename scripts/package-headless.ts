// Makes `dist/nodetrust-headless-<version>.tgz`: the node and the servers for machines without a screen, needing only Node 24.
// `node scripts/package-headless.ts [--out DIR]`. The same sources give the same bytes.
import { chmod, cp, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { sourceDate } from './package/source-date.ts'
import { makeTarball } from './package/tarball.ts'
import { readManifest, writeCommand } from './package/command.ts'

const ROOT = join(import.meta.dirname, '..')
const SOURCES = join(ROOT, 'packaging')

/** What is packed where. */
export interface HeadlessInit {
  /** Folder for the file. @default dist/ below the project's root */
  readonly dist?: string | undefined
  /** Where the bundles are built. @default build/ below the project's root */
  readonly build?: string | undefined
  /** Time of every file in it, seconds since 1970. @default 1980-01-01 */
  readonly mtime?: number | undefined
}

/** The finished package. */
export interface HeadlessPackage {
  readonly path: string
  readonly bytes: number
}

/** @throws BuildError, LicenceError, TarballError */
export async function packageHeadless(init: HeadlessInit = {}): Promise<HeadlessPackage> {
  const dist = init.dist ?? join(ROOT, 'dist')
  const name = `nodetrust-headless-${(await readManifest()).version}`
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-package-'))
  try {
    await writeCommand({ dir: folder, out: init.build, page: true })
    await cp(join(SOURCES, 'systemd'), join(folder, 'systemd'), { recursive: true })
    for (const file of ['install.sh', 'README.md']) await copyFile(join(SOURCES, 'command', file), join(folder, file))
    await chmod(join(folder, 'install.sh'), 0o755)
    const file = await makeTarball({ folder, name, mtime: init.mtime ?? sourceDate({}) })
    const path = join(dist, `${name}.tgz`)
    await mkdir(dist, { recursive: true })
    await writeFile(path, file)
    return { path, bytes: file.length }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) {
  const [flag, dist] = process.argv.slice(2)
  if (flag !== undefined && (flag !== '--out' || dist === undefined)) {
    console.error('usage: package-headless.ts [--out DIR]')
    process.exitCode = 2
  } else {
    try {
      const { path, bytes } = await packageHeadless({ dist, mtime: sourceDate() })
      console.log(`${relative(process.cwd(), path)}  ${(bytes / 1e6).toFixed(2)} MB`)
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error))
      process.exitCode = 1
    }
  }
}
