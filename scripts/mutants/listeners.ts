// Mutants of the statements about whatever listens for strangers.
import type { Mutants } from './mutant.ts'

const HOST = 'core/host.ts'
const PLACES = 'core/net/places.ts'
const DOOR = 'core/net/door.ts'
const GUARDED = 'core/net/guarded-listeners.ts'
const HTTP = 'core/net/http-server.ts'

export const LISTENERS: Mutants = {
  L1: [{ file: PLACES, find: '(taken < places || roomInHouse(networks.get(network)))', replace: 'taken < places' }],
  L2: [
    { file: PLACES, find: '(taken < places || roomInHouse(networks.get(network)))', replace: 'taken < places' },
    { file: HOST, find: 'maxIncomingPendingConnections: NO_LIMIT', replace: 'maxIncomingPendingConnections: 10' },
    { file: HOST, find: 'const places = init.maxConnections ?? 300', replace: 'const places = 100_000' },
  ],
  L3: [
    { file: DOOR, find: 'export const FIRST_BYTE_MS = 2_000', replace: 'export const FIRST_BYTE_MS = 60_000' },
    { file: DOOR, find: 'setTimeout(() => cutOff(socket), pendingMs).unref(),', replace: '' },
  ],
  L4: [
    {
      file: GUARDED,
      find: 'if (bytes < PENDING_READ_BYTES && reads < PENDING_READS) return',
      replace: 'if (bytes >= 0) return',
    },
    { file: GUARDED, find: 'const PENDING_FRAME_BYTES = 65_536', replace: 'const PENDING_FRAME_BYTES = 131_072' },
    { file: GUARDED, find: '    limitFrames(listener)\n', replace: '' },
    { file: GUARDED, find: "  socket.on('error', () => socket.terminate())\n", replace: '' },
  ],
  L5: [
    { file: GUARDED, find: '    guest?.settle()\n', replace: '' },
    { file: PLACES, find: '        if (!isHere()) return\n        remove(member)\n', replace: '' },
  ],
  L6: [
    { file: 'core/net/secure-websockets.ts', find: '      waitForListener(socket)\n', replace: '' },
    { file: 'core/net/secure-websockets.ts', find: "if (event !== 'message') return", replace: 'if (event) return' },
  ],
  L7: [
    { file: HTTP, find: "  response?.once('close', () => visit?.rest())\n", replace: '' },
    { file: HTTP, find: 'const DEFAULT_HEADER_BYTES = 8_192', replace: 'const DEFAULT_HEADER_BYTES = 16_384' },
    { file: HTTP, find: 'maxHeaderSize: init.maxHeaderBytes ?? DEFAULT_HEADER_BYTES', replace: 'maxHeaderSize: 8_192' },
    {
      file: HTTP,
      find: 'firstByteMs: Math.min(FIRST_BYTE_MS, headersMs), pendingMs: headersMs',
      replace: 'firstByteMs: 100_000, pendingMs: headersMs',
    },
    { file: HTTP, find: 'const headersMs = init.headersMs ?? PENDING_MS', replace: 'const headersMs = 100_000' },
  ],
  L8: [
    { file: HTTP, find: 'perNetwork: init.perNetwork ?? init.connections', replace: 'perNetwork: init.connections' },
    { file: HTTP, find: 'kept: { places: proxies.size > 0 ? init.connections : 0,', replace: 'kept: { places: 0,' },
    {
      file: DOOR,
      find: 'places.enter(remoteAddress, () => cutOff(socket))',
      replace: 'places.enter(remoteAddress, () => 0)',
    },
  ],
  L9: [
    {
      file: 'core/net/muxer.ts',
      find: 'const MAX_UNSENT_FRAMES = 4_096',
      replace: 'const MAX_UNSENT_FRAMES = 4_096_000',
    },
    {
      file: 'scripts/patches/list.ts',
      find: '            this.onDrainPromise = undefined;\n',
      replace: '',
    },
    {
      file: 'scripts/patches/list.ts',
      find: "if (this.readStatus !== 'readable') {",
      replace: "if (this.readStatus === 'mutant') {",
    },
    {
      file: 'scripts/patches/list.ts',
      find: 'opts?.maxBufferSize ?? 524_288',
      replace: 'opts?.maxBufferSize ?? 4_194_304',
    },
  ],
  L10: [
    {
      file: 'core/net/host-port.ts',
      find: '/** An IP address and a port. */',
      replace:
        "import { createServer } from 'node:net'\nvoid createServer().listen(0)\n/** An IP address and a port. */",
    },
    {
      file: '.oxlintrc.json',
      find: '"files": ["servers/**"],\n      "rules": {\n        "no-restricted-imports": [\n          "error",',
      replace: '"files": ["servers/**"],\n      "rules": {\n        "no-restricted-imports": [\n          "off",',
    },
  ],
  L11: [{ file: 'packaging/systemd/system/nodetrust-node.service', find: 'MemoryMax=512M', replace: 'MemoryMax=16G' }],
  L12: [
    {
      file: GUARDED,
      find: 'export const MAX_FRAME_BYTES = 256 * 1024',
      replace: 'export const MAX_FRAME_BYTES = 64 * 1024',
    },
    { file: GUARDED, find: '        receiver._maxPayload = MAX_FRAME_BYTES\n', replace: '' },
  ],
  L13: [
    {
      file: 'core/net/peer-store-bounds.ts',
      find: 'putNewest(gone, peer.toString(), peer, MAX_GONE_PEERS)',
      replace: 'putNewest(gone, peer.toString(), peer, 100 * MAX_GONE_PEERS)',
    },
    {
      file: 'core/net/peer-store-bounds.ts',
      find: 'connectionManager.getConnections(peer).length > 0 ||',
      replace: '',
    },
  ],
  L14: [
    {
      file: 'core/net/stream-rate.ts',
      find: 'if (own.take(1, nowMs) || shared.take(1, nowMs))',
      replace: 'if (own.take(1, nowMs) || shared.take(0, nowMs))',
    },
    {
      file: 'core/host.ts',
      find: 'limited(PUSH_RATES, ',
      replace: 'limited({ connection: { burst: 999, perSecond: 1 }, refusals: { burst: 9, perSecond: 1 } }, ',
    },
    {
      file: 'scripts/patches/list.ts',
      find: 'if (message.listenAddrs.length > 64) {',
      replace: 'if (message.listenAddrs.length > 64_000) {',
    },
    {
      file: 'scripts/patches/list.ts',
      find: 'if (buf.byteLength > 128) {',
      replace: 'if (buf.byteLength > 128_000) {',
    },
  ],
  L15: [
    {
      file: 'core/net/protocol-rates.ts',
      find: 'if (!mayPass(connection))',
      replace: 'if (!mayPass(connection) && rates.chunks)',
    },
    {
      file: 'core/net/protocol-rates.ts',
      find: 'if (!bucket.take(1, now())) stream.abort(',
      replace: 'if (bucket.level(now()) < 0) stream.abort(',
    },
    { file: 'core/net/muxer.ts', find: '      boundPings(muxer, connection)\n', replace: '' },
    {
      file: 'core/net/protocol-rates.ts',
      find: 'const isFree = ++used.count <= free',
      replace: 'const isFree = ++used.count <= 0',
    },
    {
      file: 'core/net/protocol-rates.ts',
      find: 'if (!used.refusals.take(1, now())) connection',
      replace: 'if (used.count < 0) connection',
    },
    {
      file: 'core/net/protocol-rates.ts',
      find: '  connection: { burst: 16, perSecond: 1 / 10 },',
      replace: '  connection: { burst: 2, perSecond: 1 / 10 },',
    },
    { file: 'core/fair-rate.ts', find: 'if (used + 1 > fairShare(', replace: 'if (used < 0 && used + 1 > fairShare(' },
    { file: 'core/fair-rate.ts', find: '!this.#reserve.take(1, nowMs)', replace: 'false' },
  ],
  L16: [
    {
      file: 'core/net/peer-certificates.ts',
      find: "return publicKey.asymmetricKeyType !== 'ec' || NAMED.includes(publicKey.asymmetricKeyDetails?.namedCurve)",
      replace: "return publicKey.asymmetricKeyType !== 'ed25519' || NAMED.length > 0",
    },
  ],
}
