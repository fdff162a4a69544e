// The whole file system of this machine once more, to install into: an overlay on `/` whose changes lie in memory, as the root of a mount
// namespace of its own. Programs see it instead of the real one; network, processes and /tmp are the machine's. It is gone with the
// process that holds it, and that one ends with the test.
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { createInterface } from 'node:readline'
import type { Account } from './account.ts'
import { type Started, startedOf } from './session.ts'

type Env = Readonly<Record<string, string>>

/** How a program ended, and what it wrote. */
export interface Outcome {
  /** Its exit code; -1 where a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Both streams, for messages. */
  readonly said: string
}

/** Who runs it, and with what. */
export interface OwnRootRun {
  /** @default root */
  readonly as?: Pick<Account, 'uid' | 'gid'>
  /** Instead of the machine's environment. */
  readonly env?: Env
  /** Programs in a chroot get no user namespaces from the kernel. @default false */
  readonly chroot?: boolean
}

/** The file system. */
export interface OwnRoot {
  /** Runs a program to its end. */
  run(program: string, args: readonly string[], run?: OwnRootRun): Promise<Outcome>
  /** Starts a program that goes on. */
  start(program: string, args: readonly string[], run: OwnRootRun & { readonly env: Env }): Started
  /** Where a path of it is seen from outside. */
  path(inside: string): string
  /** Runs a shell's text. */
  shell(text: string, run?: OwnRootRun): Promise<Outcome>
  close(): Promise<void>
}

/** How much may be written into it. */
export interface OwnRootInit {
  /** As mount(8) takes it. @default '1g' */
  readonly size?: string
}

const PATIENCE_MS = 20_000
const RUN_PATIENCE_MS = 120_000

/** Its own root once more, below which everything is as above; for programs in a chroot. */
const MIRROR = '/.mirror'

/** Reads its standard input until the test closes it. */
const SETUP = `set -eu
mount -t tmpfs -o "mode=755,size=$2" nodetrust-test "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" nodetrust-test "$1/root"
cd "$1/root"
for folder in proc sys dev; do mount --rbind "/$folder" "$folder"; done
mount --bind /tmp tmp
mount -t tmpfs -o mode=755 nodetrust-run run
mkdir ".$3"
# the index of all manuals would be made anew at each installation, which takes longer than everything else
rm -f var/lib/man-db/auto-update
pivot_root . .
umount -l .
mount --rbind / "$3"
echo ready
read -r _ || true
`

/** Why none can be had here; undefined where one can. */
export async function whyNoOwnRoot(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'overlays are Linux’s'
  if (process.getuid?.() !== 0) return 'only root can mount a file system to install into'
  try {
    const root = await openOwnRoot({ size: '10m' })
    const { code, said } = await root.run('dpkg', ['--version'])
    await root.close()
    return code === 0 ? undefined : `no dpkg runs in an overlay of this machine: ${said}`
  } catch (error) {
    return `this machine mounts no overlay: ${String(error)}`
  }
}

/** Makes one. */
export async function openOwnRoot({ size = '1g' }: OwnRootInit = {}): Promise<OwnRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-root-'))
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', SETUP, 'sh', folder, size, MIRROR]
  const keeper: ChildProcessByStdio<Writable, Readable, Readable> = spawn('unshare', words, {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  keeper.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString('utf8')))
  const gone = once(keeper, 'exit')
  const close = async () => {
    keeper.stdin.end()
    await gone
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const lines = createInterface({ input: keeper.stdout })
    const ready = once(lines, 'line', { signal: AbortSignal.timeout(PATIENCE_MS) })
    ready.catch(() => undefined)
    await Promise.race([ready, gone.then(() => Promise.reject(new Error(complaint.trim())))])
  } catch (error) {
    await close()
    throw error
  }
  const command = (
    program: string,
    args: readonly string[],
    { as, chroot }: OwnRootRun = {},
  ): [string, ...string[]] => {
    const user = as ? ['setpriv', `--reuid=${as.uid}`, `--regid=${as.gid}`, '--clear-groups', '--'] : []
    const inside = chroot ? ['chroot', MIRROR] : []
    return ['nsenter', `--mount=/proc/${keeper.pid}/ns/mnt`, '--', ...inside, ...user, program, ...args]
  }
  const runIn: OwnRoot['run'] = async (program, args, how = {}) => {
    const [first, ...rest] = command(program, args, how)
    const env = how.env ?? { ...process.env, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' }
    return await outcomeOf(first, rest, env)
  }
  const start: OwnRoot['start'] = (program, args, how) => {
    const [first, ...rest] = command(program, args, how)
    return startedOf(spawn(first, rest, { cwd: '/', env: { ...how.env }, stdio: ['ignore', 'pipe', 'pipe'] }))
  }
  return {
    ...{ start, close, run: runIn },
    path: (inside) => join('/proc', String(keeper.pid), 'root', inside),
    shell: (text, how) => runIn('sh', ['-c', text], how),
  }
}

function outcomeOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...env }, cwd: '/', timeout: RUN_PATIENCE_MS, maxBuffer: 64 * 1024 * 1024 }
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code === 'string') return reject(error)
      resolve({ code: Number(error?.code ?? (error ? -1 : 0)), stdout, stderr, said: `${stdout}${stderr}` })
    })
  })
}
