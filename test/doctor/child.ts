// What runs inside a machine of the lab: the world outside (a CA's web server, a peer that looks from outside), a host with a zone's
// servers, or a node at home. It is told what to do by lines of JSON, and answers each with one.
import { chmod, mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { createServer as createHttpsServer } from 'node:https'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createServer as createTlsServer } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { createStoredCertificate } from './stored.ts'
import { systemClock, type Clock } from '../../core/clock.ts'
import { createHost } from '../../core/host.ts'
import { createLog } from '../../core/log.ts'
import { serveAutonat } from '../../core/net/autonat.ts'
import { createApi } from '../../main/api/api.ts'
import { createBridge } from '../../main/bridge/bridge.ts'
import { runCommand } from '../../main/cli/commands.ts'
import { createProgram } from '../../main/program/create.ts'
import { backupMark } from '../../servers/admin/machine.ts'
import { doctorHost } from '../../servers/cli/doctor.ts'
import { initRoles } from '../../servers/cli/init.ts'
import { serveRoles } from '../../servers/cli/serve.ts'
import { directoryOrigin } from '../../core/acme/directories.ts'
import { openWeek } from '../../servers/quota/week.ts'
import { createTestTls } from '../support/tls.ts'

interface Init {
  readonly role: 'world' | 'host' | 'node'
  readonly dir: string
  /** Of the world: where it is. */
  readonly address?: string
  /** Of the node: addresses of its issue server, with /p2p/, its DNS resolver, and the address that the world sees. */
  readonly issue?: readonly string[]
  readonly resolver?: string
  readonly seenAs?: string
}
interface Command {
  readonly do: string
  readonly words?: readonly string[]
  readonly ms?: number
  readonly change?: readonly [from: string, to: string]
  readonly open?: boolean
}

const init: Init = JSON.parse(process.argv[2] ?? '{}')
const log = createLog('warn')
const never = new AbortController().signal
export const ZONE = 'nt.example.net'

/** The CA's directory and a peer elsewhere. */
async function world() {
  const { address = '' } = init
  const { cert, key } = await createTestTls()
  const directory = () =>
    createHttpsServer({ cert, key }, (_request, response) => response.end('{}')).listen(443, address)
  let ca: ReturnType<typeof directory> | undefined = directory()
  const peer = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen: [`/ip4/${address}/tcp/4431`] })
  await serveAutonat({ host: peer, addressClasses: ['public'], clock: systemClock, log, signal: never })
  return async ({ do: what, open }: Command): Promise<unknown> => {
    if (what === 'peer') return { peer: `/ip4/${address}/tcp/4431/p2p/${peer.peerId.toString()}` }
    if (what !== 'ca') throw new TypeError(what)
    ca?.close()
    ca?.closeAllConnections()
    ca = open === true ? directory() : undefined
    return { ok: true }
  }
}

/** The zone's DNS, proof and issue servers, as `init` and `serve` make them. */
async function host() {
  const { dir, address = '', resolver = '' } = init
  const { path, peers } = await initRoles({
    ...{ roles: ['dns', 'proof', 'issue'], zone: ZONE, dir, address, metrics: undefined },
  })
  const directory = `https://${resolver.split(':')[0] ?? ''}/dir`
  const env = { NODETRUST_ISSUE__ACME__DIRECTORY: directory, NODETRUST_LOG: 'warn' }
  const text = (await readFile(path, 'utf8'))
    .replace(/^ {4}directory: .*$/m, `    directory: ${directory}\n    caaIdentities: [ca.example]`)
    // libp2p looks names up by the resolver of the machine, which no namespace has
    .replaceAll('/dns4/ns1.nt.example.net/', `/ip4/${address}/`)
  await writeFile(path, text)
  await serveRoles({ roles: ['all'], config: path, flags: {}, env })
  await writeFile(backupMark(dir), '')
  return async ({ do: what, words = [], change, ms = 0 }: Command): Promise<unknown> => {
    if (what === 'peers') return Object.fromEntries(peers)
    if (what === 'doctor' || what === 'text') {
      const given = new Map(words.map((word) => [word.split('=')[0], word.slice(word.indexOf('=') + 1)]))
      const form = what === 'text' ? 'text' : 'json'
      return await doctorHost({ config: path, resolver, form, env, signal: never, peer: given.get('peer') })
    }
    if (what === 'config' && change) await writeFile(path, (await readFile(path, 'utf8')).replace(...change))
    else if (what === 'backup') await utimes(backupMark(dir), new Date(Date.now() - ms), new Date(Date.now() - ms))
    else if (what === 'week') {
      const week = openWeek({ dir, section: undefined, directory, clock: systemClock })
      for (let taken = 0; taken < week.limit.count; taken++) await week.take()
      await week.close()
      return { ca: directoryOrigin(directory) }
    } else throw new TypeError(what)
    return { ok: true }
  }
}

/** A whole node with a certificate of its own, its page and its command line, whose clock can be set. */
async function node() {
  const { dir, issue = [], resolver = '', seenAs = '' } = init
  let ahead = 0
  const clock: Clock = { ...systemClock, now: () => Date.now() + ahead }
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const { rootPath } = await createStoredCertificate({ dir, zone: ZONE, address: seenAs })
  const config = join(dir, '..', 'node.json')
  const network = { issue, zone: ZONE, resolver, trustAnchor: rootPath }
  await writeFile(config, JSON.stringify({ dir, network }))
  const program = await createProgram({
    ...{
      sources: { file: config, env: {}, flags: {} },
      identityStore: 'file',
      asksByItself: false,
      clock,
      log: () => log,
    },
    startSandbox: async () => {
      throw new TypeError('nobody practises here')
    },
  })
  const can = { startAtLogin: false, tray: false, notify: false, openFolders: false }
  const api = createApi({ program, clock, log, version: '1', host: 'headless', can, desk: { quit: () => undefined } })
  const bridge = createBridge({ api, log, clock: systemClock, dir, port: 0, pageDir: dir })
  await program.start()
  await bridge.start()
  let impostor: ReturnType<typeof createTlsServer> | undefined
  return async ({ do: what, words = [], ms = 0 }: Command): Promise<unknown> => {
    if (what === 'doctor') {
      const printed: string[] = []
      const print = (text: string) => void printed.push(text)
      const terminal = {
        env: {},
        clock: systemClock,
        ask: undefined,
        signal: never,
        say: () => undefined,
        print,
        write: print,
      }
      const code = await runCommand(['doctor', '--config', config, ...words], terminal)
      return { code, text: printed.join('\n') }
    }
    if (what === 'facts') return { addresses: program.facts().node?.addresses, phase: program.facts().phase }
    if (what === 'clock') ahead = ms
    else if (what === 'key') await chmod(join(dir, 'peer.key'), ms)
    else if (what === 'folder') await chmod(dir, ms)
    else if (what === 'impostor') {
      const { cert, key } = await createTestTls()
      impostor ??= createTlsServer({ cert, key }, (socket) => socket.end()).listen(4499)
    } else throw new TypeError(what)
    return { ok: true }
  }
}

const answer = await { world, host, node }[init.role]()
for await (const line of createInterface({ input: process.stdin })) {
  try {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
  } catch (error) {
    process.stdout.write(
      `${JSON.stringify({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })}\n`,
    )
  }
}
process.exit(0)
