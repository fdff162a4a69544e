// Every listener has its limits: whatever is open to others is opened in a few files, each known here with the reason why it is
// safe there. Code that is written later and opens a port of its own makes this fail, and the linter says so while it is written.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const ROOMS = ['proto', 'core', 'servers', 'main', 'preload', 'renderer']

/** What opens a port, accepts, or waits for others to come. */
const OPENS = [
  /\bcreate(?:Secure|Tls)?Server\b/,
  /\bnew (?:\w+\.)?(?:Server|WebSocketServer|TLSSocket)\(/,
  /\bhttp2\b/,
  /\bcreateSocket\(/,
  /\.listen(?:For)?\(/,
  /\bcreateLibp2p\b/,
  /\bcircuitRelayServer\b|\bwebRTC\b|\bwebTransport\b|\bquic\(/,
]

/** The files that may, and what keeps strangers in bounds there. */
const ALLOWED: Readonly<Record<string, string>> = {
  'core/net/http-server.ts': 'makes every HTTP server, behind a door and with limits on time and size',
  'core/host.ts': 'makes every libp2p host, whose listeners are behind doors, and listens later by its transports',
  'core/dns/tcp.ts': 'DNS over TCP: places by network, idle time that shrinks, a queue of its own for each connection',
  'core/dns/udp.ts': 'DNS over UDP: no connections; its rate is limited by network',
  'core/dns/server.ts': 'opens those two',
  'core/dns/exchange.ts': 'asks one DNS server by UDP, and hears nobody else',
  'servers/broker/http.ts': 'listens with a server of core/net/http-server.ts',
  'servers/broker/dialling-host.ts': 'a host without listeners: it dials',
  'servers/admin/server.ts': 'listens with a server of core/net/http-server.ts',
  'servers/admin/metrics-server.ts': 'listens with a server of core/net/http-server.ts, for whoever has the token',
  'servers/nostr-relay/http.ts':
    'listens with a server of core/net/http-server.ts; frames, clients and questions are limited',
  'servers/ca/http.ts': 'listens with a server of core/net/http-server.ts, on loopback',
  'main/bridge/bridge.ts': 'listens with a server of core/net/http-server.ts, on 127.0.0.1',
  'main/bridge/sockets.ts': 'upgrades what the bridge let in; frames, calls and sockets of a token are limited',
  'main/naming/proxy/proxy.ts':
    'listens with a server of core/net/http-server.ts, on 127.0.0.1, and speaks TLS to browsers of this computer',
  'main/node/node-host.ts': 'listens by the host of core/host.ts',
  'main/reachability/router/gateway.ts': 'asks the system for its way out by a UDP socket that sends nothing',
  'main/reachability/router/port-control.ts': 'asks the router by UDP, and hears nobody else',
  'main/reachability/router/upnp.ts':
    'looks for routers of the home by multicast, for seconds, with a bound on answers',
  'main/settings/ports.ts': 'looks whether a port is free: closes before anybody can be accepted',
  'main/shell/start.ts': 'the operating system’s events, no port',
}

function opening(): string[] {
  return ROOMS.flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
      .map((path) => `${room}/${path.replaceAll('\\', '/')}`),
  ).filter((path) => opens(readFileSync(join(ROOT, path), 'utf8')))
}

/** Comments may speak of what they like. */
function opens(text: string): boolean {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return OPENS.some((pattern) => pattern.test(code))
}

/** Options of the libraries whose defaults were found wanting, or might be in another version. */
const OPTIONS = [
  ...['maxIncomingPendingConnections', 'inboundConnectionThreshold', 'maxConnections', 'inboundUpgradeTimeout'],
  ...['maxPayload', 'maxFragments', 'maxBufferedChunks', 'perMessageDeflate', 'closeTimeout', 'maxPendingAutoPongs'],
  ...['maxInboundStreams', 'maxEarlyStreams', 'maxStreamWindowSize', 'maxReadBufferLength', 'maxWriteBufferLength'],
  ...['routingTableUpdateMaxQueueSize', 'disjointPaths', 'querySelfInterval'],
  ...['maxMessageSize', 'maxObservedAddresses', 'maxPeerAge', 'maxInboundDataLength', 'maxOutboundBufferSize'],
  ...[
    'handshakeTimeout',
    'headersTimeout',
    'requestTimeout',
    'maxHeaderSize',
    'keepAliveTimeout',
    'maxRequestsPerSocket',
  ],
]

describe('A2 the table of the libraries’ limits', () => {
  const text = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8')
  const rows = (/^### Limits of what strangers can use$(.*?)^#/ms.exec(text)?.[1] ?? '')
    .split('\n')
    .filter((line) => /^\| (?!library|-)/.test(line))
    .map((line) => line.split('|').slice(1, -1))

  it('says of every library and option what its default is, what is ours and why', () => {
    assert.ok(rows.length > 40)
    assert.deepEqual(
      rows.filter(
        (cells) => cells.length !== 5 || cells.some((cell, index) => index !== 1 && index !== 2 && cell.trim() === ''),
      ),
      [],
    )
    const options = rows.map(([, option = '']) => option).join(' ')
    assert.deepEqual(
      OPTIONS.filter((option) => !options.includes(`\`${option}\``)),
      [],
    )
  })
})

describe('A3 what listens', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nodetrust-listeners-'))
    cpSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('is in these files and in no others, each with a reason', () => {
    assert.deepEqual(opening().toSorted(), Object.keys(ALLOWED).toSorted())
  })

  it('is noticed in whatever way it is written', () => {
    const examples = [
      `import { createServer } from 'node:net'`,
      `const server = net.createServer()`,
      `new http.Server()`,
      `new WebSocketServer({ port: 1 })`,
      `import http2 from 'node:http2'`,
      `const socket = dgram.createSocket('udp4')`,
      `app.listen(80)`,
    ]
    for (const example of examples) assert.ok(opens(example), example)
    assert.equal(opens('// createServer is made elsewhere\nconst x = 1 /* .listen( */'), false)
  })

  it('is refused by the linter where it is not made by the files that put the limits on', () => {
    const imports = [
      ...['http', 'https', 'net', 'tls'].map((name) => `import { createServer as thing } from 'node:${name}'`),
      `import { WebSocketServer as thing } from 'ws'`,
      `import { connect as thing } from 'node:http2'`,
    ]
    const paths = ['core', 'servers', 'main', 'main/shell'].flatMap((room) =>
      imports.map((line, index) => {
        const path = `${room}/x/listener-${index}.ts`
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        writeFileSync(join(folder, path), `${line}\nexport const other = thing\n`)
        return path
      }),
    )
    const { stdout } = spawnSync(join(ROOT, 'node_modules', '.bin', 'oxlint'), ['-c', '.oxlintrc.json', '-f', 'unix'], {
      cwd: folder,
      encoding: 'utf8',
    })
    const refused = stdout.split('\n').filter((line) => line.includes('no-restricted-imports'))
    const missing = paths.filter((path) => !refused.some((line) => line.startsWith(path)))
    assert.deepEqual(missing, [], stdout)
  })
})
