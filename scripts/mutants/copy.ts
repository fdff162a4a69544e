// A copy of the working tree to break things in: the tracked files and those that would be, with the packages linked. It is a
// repository of its own, since some tests ask git for the files; nothing of the clone is touched.
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Folders that are not tracked and are the same for every copy. */
const LINKED = ['node_modules', join('scripts', 'node24', 'node_modules')]

/** Makes it. @returns its path, and how to remove it */
export async function copyTree(root: string): Promise<{ readonly dir: string; readonly remove: () => void }> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-mutants-'))
  const git = (args: readonly string[], cwd: string) =>
    execFileSync('git', [...args], { cwd, encoding: 'utf8', maxBuffer: 64 * 1_024 * 1_024 })
  const files = git(['ls-files', '-z', '--cached', '--others', '--exclude-standard'], root).split('\0')
  for (const file of files.filter((name) => name !== '' && existsSync(join(root, name)))) {
    await mkdir(join(dir, dirname(file)), { recursive: true })
    await copyFile(join(root, file), join(dir, file))
  }
  for (const name of LINKED) {
    if (existsSync(join(root, name))) await symlink(join(root, name), join(dir, name), 'junction')
  }
  git(['init', '--quiet'], dir)
  git(['add', '--all'], dir)
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }) }
}
