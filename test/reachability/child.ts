// What runs inside a machine of the lab: a proof server's AutoNAT side, or a node that finds out whether it can be reached.
// It is told what to do by lines of JSON, and answers each with one.
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { createHost } from '../../core/host.ts'
import { createLog } from '../../core/log.ts'
import { forgeAddresses } from '../../main/issuers/autotls/addresses.ts'
import { forgePlaces, seenByForges } from '../../main/issuers/autotls/node.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { createReachability, leadingHere } from '../../main/reachability/reachability.ts'
import type { OutsideServer } from '../../main/reachability/links.ts'
import { createPortMapper } from '../../main/reachability/router/port-mapper.ts'
import { brokerRole } from '../../servers/broker/role.ts'
import { ServersConfig } from '../../servers/config.ts'
import { serveAutonat } from '../../core/net/autonat.ts'
import { makeBundle, namesOf, newIdentity, testAuthority } from '../main/support.ts'
import type { Forge } from '../../main/issuers/autotls/forge.ts'
import { manualClock } from '../support/manual-clock.ts'

interface Init {
  readonly role: 'server' | 'broker' | 'node' | 'mapper'
  /** Of the server, with /p2p/. */
  readonly server?: readonly string[]
  readonly mapPorts?: boolean
  /** URL of a forge's broker that the node knows, and nobody else. */
  readonly broker?: string
}
interface Command {
  readonly do: string
  readonly ms?: number
  readonly port?: number
}

const init: Init = JSON.parse(process.argv[2] ?? '{}')
const log = createLog('debug')
const clock = manualClock()
const never = new AbortController().signal

async function server() {
  const host = await createHost({
    privateKey: await generateKeyPair('Ed25519'),
    listen: ['/ip4/0.0.0.0/tcp/4431', '/ip6/::/tcp/4431'],
  })
  await serveAutonat({ host, addressClasses: ['public'], clock: { ...clock, now: Date.now }, log, signal: never })
  return (command: Command): unknown => {
    if (command.do === 'peer') return { peer: host.peerId.toString() }
    throw new TypeError(command.do)
  }
}

/** A broker of AutoTLS; its DNS server is not needed by who only asks how it is. */
async function broker() {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-broker-'))
  const { broker: section } = v.parse(ServersConfig, {
    ...{ zone: 'forge.example.net', dir },
    broker: {
      url: 'https://forge.example.net',
      listen: '0.0.0.0:8080',
      dnsServers: [{ control: `/ip4/127.0.0.1/tcp/1/p2p/${(await newIdentity()).peerId.toString()}` }],
    },
  })
  if (!section) throw new TypeError('no section broker')
  const role = brokerRole({ zone: 'forge.example.net', dir, section, clock, log })
  await role.start()
  return (command: Command): unknown => {
    if (command.do === 'peer') return { peer: '' }
    throw new TypeError(command.do)
  }
}

async function node() {
  const identity = await newIdentity()
  const made = await createNodeHost({
    identity,
    listen: ['/ip4/0.0.0.0/tcp/4431', '/ip6/::/tcp/4431'],
    wss: ['/ip4/0.0.0.0/tcp/4430/tls/ws', '/ip6/::/tcp/4430/tls/ws'],
    discovery: false,
  })
  const addresses = (init.server ?? []).map((text) => multiaddr(text))
  const peer = addresses[0]?.getComponents().at(-1)?.value ?? ''
  const { peerIdFromString } = await import('@libp2p/peer-id')
  const servers: OutsideServer[] = peer ? [{ peer: peerIdFromString(peer), addresses, displayName: 'proof' }] : []
  const steps: string[] = []
  const forges = init.broker === undefined ? [] : [forgeAt(new URL(init.broker))]
  const reachability = createReachability({
    ...{ node: made, clock, log, servers: async () => servers },
    networkAddresses: [...addresses, ...forgePlaces(forges).map((text) => multiaddr(text))],
    seenAs: seenByForges({ forges, resolver: undefined, key: identity.key, clock: systemClock }),
    mapper: init.mapPorts === false ? undefined : createPortMapper({ clock, log }),
    onStep: ({ step }) => void steps.push(step),
  })
  return async (command: Command): Promise<unknown> => {
    if (command.do === 'start') {
      await reachability.start()
      return { ok: true }
    }
    if (command.do === 'check') {
      const began = performance.now()
      steps.length = 0
      const verdict = await reachability.check(never, { fresh: true })
      const told = forgeAddresses({
        bound: made.host.services.listener.bound().filter((address) => !/\/tls\b/.test(address.toString())),
        ...{ ips: leadingHere(verdict.facts), mappings: verdict.facts.mappings, classes: ['public'] },
      })
      return { ...verdict, told, steps, ms: Math.round(performance.now() - began) }
    }
    if (command.do === 'keep') {
      const changed = new Promise<void>((resolve) => {
        const end = reachability.onChange(() => {
          end()
          resolve()
        })
      })
      await clock.advance(command.ms ?? 0)
      await changed
      return { ...reachability.current() }
    }
    if (command.do === 'serve') {
      const now = Date.now()
      const authority = await testAuthority(now)
      const names = namesOf(identity.peerId)
      await made.serve(await makeBundle({ authority, names, now, addresses: ['20.0.0.1'] }))
      return { announced: made.announced().map(String) }
    }
    if (command.do === 'announced') return { announced: made.announced().map(String) }
    if (command.do === 'occupy') {
      const holder = createServer()
      await new Promise<void>((resolve) => holder.listen(command.port, '0.0.0.0', resolve))
      return { ok: true }
    }
    if (command.do === 'stop') {
      const began = performance.now()
      await reachability.stop()
      return { ms: Math.round(performance.now() - began) }
    }
    throw new TypeError(command.do)
  }
}

function forgeAt(url: URL): Forge {
  return { domain: 'forge.example.net', broker: url, directoryUrl: 'https://ca.example/' }
}

/** Another machine of the home, which only wants ports. */
async function mapper() {
  const ports = createPortMapper({ clock, log })
  return async (command: Command): Promise<unknown> => await ports.ensure([command.port ?? 0], never)
}

const answer = await { server, broker, node, mapper }[init.role]()
for await (const line of createInterface({ input: process.stdin })) {
  try {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`)
  }
}
process.exit(0)
