// A Secret Service of one's own: gnome-keyring on a private D-Bus, with everything it writes in a temporary folder. Programs
// that are to use it are started with its `env`, because the library reads the environment once. Nobody is ever
// asked anything: there is no prompter on the bus, so a locked keyring dismisses the question at once.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chown, constants, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Variables for a process that is to use a bus. */
export type BusEnv = Readonly<Record<string, string>>

/** A private D-Bus session on which nobody offers secrets. */
export interface Bus {
  /** The whole environment of a child process. */
  readonly env: BusEnv
  stop(): Promise<void>
}

/** Whose the processes are; those of the test's own user where left out. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** What the keyring is like. */
export interface KeyringInit {
  /** Whose it is, and who may use it. */
  readonly owner?: Owner
  /** Whether it is unlocked at the start. @default true */
  readonly unlocked?: boolean
  /** Whether it has a collection to store in; without one it cannot be unlocked. @default true */
  readonly collection?: boolean
}

/** A keyring that runs. */
export interface Keyring extends Bus {
  /** Locks its collection. */
  lock(): Promise<void>
  /** Unlocks it, as a login does. */
  unlock(): Promise<void>
  /** Stands still: it is there, but answers nobody. */
  freeze(): void
  thaw(): void
}

const PROGRAMS = ['dbus-daemon', 'dbus-send', 'gnome-keyring-daemon'] as const
const PASSWORD = 'correct horse'
/** Starting takes about 50 ms; a machine under load gets more. */
const PATIENCE_MS = 15_000
const POLL_MS = 20
const LOGIN_COLLECTION = '/org/freedesktop/secrets/collection/login'

/** Why no keyring can be started on this machine; undefined where it can. */
export async function whyNoKeyring(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'gnome-keyring runs on Linux only'
  for (const program of PROGRAMS) {
    if (!(await isInstalled(program))) return `${program} is not installed`
  }
  return undefined
}

/** Why no bus can be started on this machine; undefined where it can. */
export async function whyNoBus(): Promise<string | undefined> {
  return (await isInstalled('dbus-daemon')) ? undefined : 'dbus-daemon is not installed'
}

/** Starts a bus without a keyring. */
export async function startBus(owner?: Owner): Promise<Bus> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-bus-'))
  const config = join(dir, 'bus.conf')
  await writeFile(config, busConfig(join(dir, 'bus')))
  if (owner) await chown(dir, owner.uid, owner.gid)
  const words = [`--config-file=${config}`, '--nofork', '--print-address=1']
  const daemon = startDaemon('dbus-daemon', words, process.env, owner)
  try {
    const [address] = (await once(daemon.child.stdout, 'data', {
      signal: AbortSignal.timeout(PATIENCE_MS),
    })) as [Buffer]
    const folders = ['HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME']
    return {
      env: {
        PATH: process.env['PATH'] ?? '',
        ...Object.fromEntries(folders.map((name) => [name, dir])),
        DBUS_SESSION_BUS_ADDRESS: address.toString('utf8').trim(),
      },
      async stop() {
        await daemon.stop()
        await rm(dir, { recursive: true, force: true, maxRetries: 3 })
      },
    }
  } catch (error) {
    await daemon.stop()
    throw error
  }
}

/** Starts a keyring on a bus of its own. */
export async function startKeyring({ owner, unlocked = true, collection = true }: KeyringInit = {}): Promise<Keyring> {
  const bus = await startBus(owner)
  const folder = bus.env['XDG_RUNTIME_DIR'] ?? ''
  const args = ['--foreground', '--components=secrets', `--control-directory=${folder}`]
  const daemon = startDaemon('gnome-keyring-daemon', collection ? [...args, '--unlock'] : args, bus.env, owner)
  // With `--unlock` the password comes from standard input, and the collection is made where there is none.
  daemon.child.stdin.end(collection ? PASSWORD : '')
  const keyring: Keyring = {
    env: bus.env,
    lock: async () => {
      const where = ['--dest=org.freedesktop.secrets', '/org/freedesktop/secrets']
      await send(bus, [...where, 'org.freedesktop.Secret.Service.Lock', `array:objpath:${LOGIN_COLLECTION}`], owner)
    },
    unlock: () => unlock(join(folder, 'control'), owner),
    freeze: () => void daemon.child.kill('SIGSTOP'),
    thaw: () => void daemon.child.kill('SIGCONT'),
    async stop() {
      await daemon.stop()
      await bus.stop()
    },
  }
  try {
    await ready(bus, owner)
    if (!unlocked) await keyring.lock()
    return keyring
  } catch (error) {
    await keyring.stop()
    throw error
  }
}

/** No service folders: nothing is started because somebody asks for it, no prompter either. */
function busConfig(socket: string): string {
  return `<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`
}

async function send(bus: Bus, args: readonly string[], owner?: Owner): Promise<string> {
  const all = ['--session', '--print-reply', ...args]
  return (await run('dbus-send', all, { env: { ...bus.env }, timeout: PATIENCE_MS, ...owner })).stdout
}

/** Waits until somebody offers secrets on the bus; dbus-send says nothing when that changes. */
async function ready(bus: Bus, owner: Owner | undefined): Promise<void> {
  const ask = ['--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner']
  const deadline = performance.now() + PATIENCE_MS
  while (!(await send(bus, [...ask, 'string:org.freedesktop.secrets'], owner)).includes('true')) {
    if (performance.now() > deadline) throw new Error('gnome-keyring-daemon did not come up')
    await sleep(POLL_MS)
  }
}

/**
 * Unlocks the login collection over the daemon's control socket, as its PAM module does: one byte to be known by, then
 * length, operation 1 and the password; the answer is length and result, 0 for good.
 */
async function unlock(socketPath: string, owner: Owner | undefined): Promise<void> {
  const password = Buffer.from(PASSWORD)
  const message = Buffer.alloc(13 + password.length)
  message.writeUInt32BE(message.length - 1, 1)
  message.writeUInt32BE(1, 5)
  message.writeUInt32BE(password.length, 9)
  password.copy(message, 13)
  const socket = connectAs(owner, socketPath)
  socket.write(message)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) })
  const answer = Buffer.concat(chunks)
  if (answer.length !== 8 || answer.readUInt32BE(4) !== 0) throw new Error('gnome-keyring-daemon does not unlock')
}

/** The daemon talks to its owner alone, whom the kernel names by who connects; that is done before this returns. */
function connectAs(owner: Owner | undefined, socketPath: string): Socket {
  if (owner === undefined || !process.seteuid || !process.geteuid) return connect(socketPath)
  const own = process.geteuid()
  process.seteuid(owner.uid)
  try {
    return connect(socketPath)
  } finally {
    process.seteuid(own)
  }
}

function startDaemon(program: string, args: readonly string[], env: NodeJS.ProcessEnv | BusEnv, owner?: Owner) {
  const child = spawn(program, args, { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'], ...owner })
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  return {
    child,
    async stop() {
      process.off('exit', kill)
      await ended(child, kill)
    },
  }
}

async function ended(child: ChildProcess, kill: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  kill()
  await exit
}

async function isInstalled(program: string): Promise<boolean> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}
