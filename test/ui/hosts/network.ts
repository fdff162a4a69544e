// The network behind a page: the sandbox's real servers, whose CA can be told to refuse, to limit, to hold an order, or to
// issue for seconds only, and whose broker can be kept from coming in. Nodes come through a door that can be shut, which is how
// servers go away and come back.
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createResolver } from '../../../core/dns/index.ts'
import { splitHostPort } from '../../../core/net/host-port.ts'
import { createCa } from '../../../servers/ca/ca.ts'
import { forgeInvitationTo, invitationTo } from '../../../servers/sandbox.ts'
import { startNetwork } from '../../support/network.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { formatInvitation, parseInvitation } from '../../../proto/invitation.ts'
import type { CaAnswer } from '../../../servers/ca/http.ts'

/** How the CA takes an order; `holding-look` takes it, and does not say whether it found the code. */
export type CaMood = 'willing' | 'limited' | 'refusing' | 'broken' | 'holding' | 'holding-look'

/** An order is there within seconds; a machine under load gets more. */
const HELD_PATIENCE_MS = 60_000

/** A network under test. */
export interface UiNetwork {
  readonly invitation: string
  /** To its forge, without a token. */
  readonly forgeInvitation: string
  /** `IP:PORT` of its DNS server. */
  readonly dns: string
  readonly directory: string
  readonly broker: string
  /** PEM file of the root that a browser has to trust. */
  readonly rootPath: string
  readonly zone: string
  mood: CaMood
  /** Whether the broker finds nobody at the addresses that it dials. */
  closed: boolean
  /** Orders that wait because the CA holds them. */
  held(): Promise<void>
  /** Lets the held orders go. */
  release(): void
  /** Nobody answers from now on. */
  shut(): Promise<void>
  /** Everybody answers again. */
  reopen(): Promise<void>
  stop(): Promise<void>
}

/** How it is made. */
export interface UiNetworkInit {
  /** The CA's folder, so that several networks have one root. */
  readonly caDir: string
  /** Seconds that a certificate is good for. @default 90 days */
  readonly lifeSeconds?: number
  /** Settings of its broker that differ from the sandbox's. */
  readonly broker?: Readonly<Record<string, unknown>>
}

/** A failed dial-back takes its whole time, and this one is on the same machine. */
const DIAL_TIMEOUT_MS = 1_500

/** The wait that a limited CA asks for: long enough for a weekday in the title. */
const LIMIT_SECONDS = 3 * 24 * 3600
const SHORT = 'seconds'

const problem = (status: number, type: string, detail: string, headers: Record<string, string> = {}): CaAnswer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: { type: `urn:ietf:params:acme:error:${type}`, detail, status },
})

/** Starts one. */
export async function startUiNetwork({ caDir, lifeSeconds, broker }: UiNetworkInit): Promise<UiNetwork> {
  let mood: CaMood = 'willing'
  let closed = false
  const waiting = new Set<() => void>()
  let heldOne = Promise.withResolvers<void>()
  const before = async ({ path, method }: { readonly path: string; readonly method: string }) => {
    const holds = mood === 'holding' ? 'order' : mood === 'holding-look' ? '/order/' : undefined
    if (method !== 'POST' || !path.includes(holds ?? 'order')) return undefined
    if (mood === 'limited') {
      return problem(429, 'rateLimited', 'too many certificates', { 'retry-after': String(LIMIT_SECONDS) })
    }
    if (mood === 'refusing') return problem(403, 'rejectedIdentifier', 'policy forbids issuing for this name')
    if (mood === 'broken') return problem(500, 'serverInternal', 'the CA is being repaired')
    if (holds === undefined) return undefined
    await new Promise<void>((resolve) => {
      waiting.add(resolve)
      heldOne.resolve()
    })
    return undefined
  }
  const release = () => {
    mood = 'willing'
    heldOne = Promise.withResolvers<void>()
    for (const go of waiting) go()
    waiting.clear()
  }
  const gone = createDoor()
  await gone.open()
  await gone.shut()
  // clients sign the address of the broker that they know, so it has to know that one, too
  const brokerDoor = createDoor()
  await brokerDoor.open()
  const network = await startNetwork({
    broker: { url: `http://127.0.0.1:${brokerDoor.port()}`, dialTimeoutMs: DIAL_TIMEOUT_MS, ...broker },
    translate: (address) => (closed ? multiaddr(`/ip4/127.0.0.1/tcp/${gone.port()}`) : address),
    async startCa(dns) {
      const ca = createCa({
        ...{ dir: caDir, resolver: createResolver({ servers: [splitHostPort(dns)] }), faults: { before } },
        ...(lifeSeconds === undefined
          ? {}
          : {
              profiles: { [SHORT]: { description: 'for seconds', validityMs: lifeSeconds * 1000 } },
              defaultProfile: SHORT,
            }),
      })
      const { directoryUrl, rootPath = '' } = await ca.start()
      return { directory: directoryUrl, trustAnchor: rootPath, root: rootPath, stop: () => ca.stop() }
    },
  })
  const invitation = parseInvitation(await invitationTo(network))
  const [, , , , port = '0'] = network.issue.split('/')
  const door = createDoor()
  door.leadTo(Number(port))
  brokerDoor.leadTo(splitHostPort(network.brokerListen).port)
  await door.open()
  return {
    invitation: formatInvitation({
      ...invitation,
      name: 'Friends',
      issue: [network.issue.replace(`/tcp/${port}/`, `/tcp/${door.port()}/`)],
    }),
    forgeInvitation: await forgeInvitationTo(network),
    ...{ dns: network.dns, directory: network.acme, broker: network.broker },
    rootPath: network.root,
    zone: network.zone,
    get mood() {
      return mood
    },
    set mood(next) {
      mood = next
    },
    get closed() {
      return closed
    },
    set closed(next) {
      closed = next
    },
    async held() {
      const late = Promise.withResolvers<never>()
      const timer = setTimeout(() => late.reject(new Error('no order came that could be held')), HELD_PATIENCE_MS)
      await Promise.race([heldOne.promise, late.promise]).finally(() => clearTimeout(timer))
    },
    release,
    async shut() {
      await Promise.all([door.shut(), brokerDoor.shut()])
    },
    async reopen() {
      await Promise.all([door.open(), brokerDoor.open()])
    },
    async stop() {
      release()
      await Promise.all([door.shut(), brokerDoor.shut()])
      await network.stop()
    },
  }
}

/** Copies bytes between whoever knocks and a server behind it; keeps its port while it is shut. */
function createDoor() {
  let target = 0
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  return {
    port: () => port,
    leadTo: (next: number) => void (target = next),
    async open() {
      if (server) return
      server = createServer((outer) => {
        const inner = connect(target, '127.0.0.1')
        for (const [one, other] of [
          [outer, inner],
          [inner, outer],
        ] as const) {
          sockets.add(one)
          one.pipe(other)
          one.on('error', () => other.destroy())
          one.on('close', () => {
            sockets.delete(one)
            other.destroy()
          })
        }
      })
      const opening = server
      await new Promise<void>((resolve) => opening.listen(port, '127.0.0.1', resolve))
      const bound = opening.address()
      port = typeof bound === 'object' && bound ? bound.port : 0
    },
    async shut() {
      const closing = server
      server = undefined
      if (!closing) return
      const closed = new Promise((resolve) => closing.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
