// The folder that every package carries: the `nodetrust` command with node and servers as bundles, needing nothing but Node. The
// tarball is this folder, and the desktop app has it among its resources.
import { chmod, copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { helpOfAll } from '../../core/commands/index.ts'
import { buildTarget, hasSource, OUTPUTS, type Built, type Target } from '../build.ts'
import { thirdPartyLicences } from './licences.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const SOURCES = join(ROOT, 'packaging')

const ManifestSchema = v.object({ version: v.string(), license: v.string(), description: v.string() })

/** What the project's package.json says that a package repeats. */
export async function readManifest(): Promise<v.InferOutput<typeof ManifestSchema>> {
  return v.parse(ManifestSchema, JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
}

/** How the folder is made. */
export interface CommandInit {
  /** The folder to make; what was there goes away. */
  readonly dir: string
  /** Where the bundles are built. @default build/ below the project's root */
  readonly out?: string | undefined
  /** Whether the window's page goes in, for nodes that offer it in a browser. */
  readonly page: boolean
}

/**
 * Makes the folder.
 *
 * @throws BuildError, LicenceError
 */
export async function writeCommand({ dir, out, page }: CommandInit): Promise<void> {
  const { version, license, description } = await readManifest()
  await rm(dir, { recursive: true, force: true })
  const targets: Target[] = ['headless', 'servers', ...(page && hasSource('renderer') ? (['renderer'] as const) : [])]
  const built: Built[] = []
  for (const target of targets) {
    const one = await buildTarget(target, out === undefined ? {} : { out })
    const place = join(dir, 'build', OUTPUTS[target])
    await mkdir(dirname(place), { recursive: true })
    await cp(one.path, place, { recursive: true })
    built.push(one)
  }
  await mkdir(join(dir, 'bin'))
  for (const name of ['nodetrust', 'nodetrust.cmd', 'nodetrust.mjs'])
    await copyFile(join(SOURCES, 'command', name), join(dir, 'bin', name))
  await chmod(join(dir, 'bin', 'nodetrust'), 0o755)
  // where there is no Node that is new enough, the list of commands can be told all the same
  await writeFile(join(dir, 'bin', 'help.txt'), helpOfAll())
  // for `certificate.hook`
  await cp(join(SOURCES, 'hooks'), join(dir, 'bin', 'hooks'), { recursive: true })
  // for whoever runs servers
  await cp(join(SOURCES, 'monitoring'), join(dir, 'monitoring'), { recursive: true })
  const licences = await thirdPartyLicences(
    ROOT,
    built.flatMap(({ packages }) => packages),
  )
  await writeFile(join(dir, 'THIRD-PARTY-LICENSES.txt'), licences)
  await copyFile(join(ROOT, 'LICENSE'), join(dir, 'LICENSE'))
  const manifest = { name: 'nodetrust', version, description, license, type: 'module', engines: { node: '>=24' } }
  await writeFile(join(dir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
