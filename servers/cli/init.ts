// `nodetrust init`: writes a configuration that explains itself, with a fresh identity for each role. What it is not told it asks a
// person at a terminal; a script is told what is missing. With --change it changes a configuration that is there.
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { type Given, UsageError } from '../../core/commands/index.ts'
import { exitCodeOf } from '../../core/process-life.ts'
import type { Written } from './init/written.ts'
import { changeConfiguration } from './init/change.ts'
import { checkFree, configurationPath, type InitResult, writeConfiguration } from './init/files.ts'
import { askForValues, DEFAULTS, type Draft } from './init/questions.ts'
import { quoted, registrarLines } from './init/summary.ts'
import * as values from './init/values.ts'
import type { Access, InitValues } from './init/values.ts'
import { openTerminal } from './terminal.ts'

export type { InitResult } from './init/files.ts'

/** What init was told; all of it as it was typed. */
export interface InitOptions {
  readonly roles: readonly string[]
  readonly zone: string
  readonly dir: string
  /** The public address of this machine; a public one of its interfaces where left out. */
  readonly address?: string | undefined
  /** A second one, beside IPv4. */
  readonly ipv6?: string | undefined
  /** @default letsencrypt */
  readonly ca?: string | undefined
  readonly email?: string | undefined
  readonly brokerHttps?: boolean | undefined
  /** Nobody registers at the broker without an invitation. */
  readonly invitedOnly?: boolean | undefined
  /** Peers that may, with commas between them. */
  readonly allow?: string | undefined
  /** Where a Prometheus on another machine finds the figures, `IP:PORT`; nowhere where left out. */
  readonly metrics?: string | undefined
}

/** The same, where nothing has to be there. */
type Told = { readonly [name in keyof InitOptions]?: InitOptions[name] | undefined }

/** Flags with a value. */
const INIT_FLAGS = ['zone', 'dir', 'address', 'ipv6', 'ca', 'email', 'allow', 'metrics'] as const

/**
 * Writes `<dir>/nodetrust.yaml` and a key for each role.
 *
 * @throws UsageError for what cannot be used, AlreadyInitializedError, FileError
 */
export async function initRoles(options: InitOptions): Promise<InitResult> {
  return writeConfiguration(readWhole(options))
}

/** @throws UsageError */
function readWhole(options: InitOptions): InitValues {
  const roles = values.readRoles(options.roles)
  const told = readTold(options)
  const whole: InitValues = { ...DEFAULTS, address: publicAddress() ?? '127.0.0.1', zone: '', dir: '', ...told, roles }
  values.checkTogether(whole)
  return whole
}

/**
 * The command.
 *
 * @param given  its words and flags
 * @param print  takes what was done
 * @param write  takes what was done, for a program
 * @throws UsageError, AlreadyInitializedError, FileError, NotWrittenError
 */
export async function init(
  given: Pick<Given, 'words' | 'values' | 'switches'>,
  print: (text: string) => void,
  write: (text: string) => void = print,
) {
  const { words, values: flags, switches } = given
  const { zone, dir, address, ipv6, ca, email, allow, metrics } = Object.fromEntries(
    INIT_FLAGS.map((name) => [name, flags.get(name)]),
  )
  const brokerHttps = switches.has('broker-https')
  const invitedOnly = switches.has('invited-only')
  const json = switches.has('json')
  const writeJson = (written: Written) => write(JSON.stringify(written))
  if (switches.has('change')) {
    if (words.length > 0 || zone !== undefined || metrics !== undefined)
      throw new UsageError('roles, --zone and --metrics cannot be changed: edit the file, or make another one')
    const path = configurationPath(resolve(dir ?? '.'))
    const lines = await changeConfiguration(
      path,
      readTold({ address, ipv6, ca, email, brokerHttps, allow, invitedOnly }),
    )
    if (json) return writeJson({ path, changed: [...lines], identities: {}, missing: [], next: RESTART })
    return print([`Changed ${path}:`, ...lines.map((line) => `  ${line}`), '', RESTART].join('\n'))
  }
  const told = { address, ipv6, ca, email, allow, metrics, brokerHttps, invitedOnly }
  if (zone !== undefined && dir !== undefined && words.length > 0) {
    const whole = readWhole({ roles: words, zone, dir, ...told })
    const made = await writeConfiguration(whole)
    return json ? writeJson(writtenOf(made, whole)) : print(doneText(made, whole))
  }
  // a program is not asked
  const terminal = json ? undefined : openTerminal()
  if (!terminal) throw new UsageError(whatIsMissing(words, zone))
  const known = readTold({ roles: words, zone, dir, ...told })
  if (known.dir !== undefined) await checkFree(known.dir)
  const interrupted = () => {
    process.stderr.write('\nNothing was written.\n')
    process.exit(exitCodeOf('SIGINT'))
  }
  process.once('SIGINT', interrupted)
  const found = values.foundAddresses
  const isRoot = process.getuid?.() === 0
  const said = await askForValues(terminal, known, { found, isTaken: isPortTaken, checkFree, isRoot })
  process.off('SIGINT', interrupted)
  print(doneText(await writeConfiguration(said), said, true))
}

const RESTART = 'Restart the servers to use it, for example: systemctl restart nodetrust-servers@all'

function whatIsMissing(words: readonly string[], zone: string | undefined): string {
  if (words.length === 0)
    return 'which role? For example: nodetrust init all --zone nt.example.net --dir ./nodetrust-servers'
  return zone === undefined
    ? '--zone is missing, for example --zone nt.example.net'
    : '--dir is missing, for example --dir ./nodetrust-servers'
}

/** What flags said, and nothing for those that were not there. @throws UsageError that names the flag */
function readTold({ roles, zone, dir, ...told }: Told): Draft {
  const { address, ipv6, ca, email, allow, metrics, brokerHttps, invitedOnly } = told
  const peers = read('allow', values.readPeers, allow)
  const access: Access | undefined = peers
    ? { who: 'peers', peers }
    : invitedOnly === true
      ? { who: 'invited' }
      : undefined
  const all: { readonly [name in keyof InitValues]: InitValues[name] | undefined } = {
    roles: roles === undefined || roles.length === 0 ? undefined : values.readRoles(roles),
    ...{ zone: read('zone', values.readZone, zone), dir: dir === undefined ? undefined : resolve(dir) },
    ...{ address: read('address', values.readAddress, address), ipv6: read('ipv6', values.readIpv6, ipv6) },
    ...{ ca: read('ca', values.readCa, ca), email: read('email', values.readEmail, email) },
    ...{ metrics: read('metrics', values.readMetrics, metrics), access },
    brokerHttps: brokerHttps === true ? true : undefined,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function read<Value>(flag: string, reader: (text: string) => Value, text: string | undefined): Value | undefined {
  try {
    return text === undefined ? undefined : reader(text)
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`--${flag}: ${error.message}`, { cause: error })
    throw error
  }
}

function publicAddress(): string | undefined {
  return values.foundAddresses(4).find((address) => values.classOf(address) === 'public')
}

const serveCommand = (path: string, roles: readonly string[]) => `nodetrust serve ${roles.join(' ')} --config ${path}`

function writtenOf({ path, peers, missing }: InitResult, { roles }: InitValues): Written {
  return {
    path,
    changed: null,
    identities: Object.fromEntries(peers),
    missing: [...missing],
    next: serveCommand(path, roles),
  }
}

function doneText(
  { path, peers, missing }: InitResult,
  { dir, ca, roles, ...said }: InitValues,
  asked = false,
): string {
  const registrar = asked ? registrarLines({ dir, ca, roles, ...said }) : []
  const rehearses = values.isRehearsal(ca) && (roles.includes('issue') || roles.includes('broker'))
  return [
    ...(asked ? [''] : []),
    ...[`Wrote ${path}`, '', 'Identities:', ...[...peers].map(([role, peer]) => `  ${role.padEnd(6)} ${peer}`)],
    ...(missing.length > 0 ? ['', 'Fill in before you serve:', ...missing.map((line) => `  ${line}`)] : []),
    ...(registrar.length > 0 ? ['', 'At your registrar:', ...registrar.map((line) => `  ${line}`)] : []),
    ...['', `Then: ${serveCommand(path, roles)}`],
    ...(rehearses ? [`After the rehearsal: nodetrust init --change --ca letsencrypt --dir ${quoted(dir)}`] : []),
  ].join('\n')
}

/** Whether another program of this machine answers there. */
async function isPortTaken(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', timeout: LOOK_MS })
  try {
    return await new Promise((settle) => {
      socket
        .once('connect', () => settle(true))
        .once('timeout', () => settle(false))
        .once('error', () => settle(false))
    })
  } finally {
    socket.destroy()
  }
}

/** On this machine an answer takes a fraction of that. */
const LOOK_MS = 500
