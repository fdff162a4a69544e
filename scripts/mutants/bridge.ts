// Mutants of the statements about the page and the API on 127.0.0.1.
import type { Mutants } from './mutant.ts'

const BRIDGE_FILE = 'main/bridge/bridge.ts'
const CHECKS = 'main/bridge/request-checks.ts'
const REQUESTS = 'main/bridge/requests.ts'
const SOCKETS = 'main/bridge/sockets.ts'
const TOKENS = 'main/bridge/tokens.ts'
const REUNION = 'main/bridge/reunion.ts'

export const BRIDGE: Mutants = {
  B1: [{ file: BRIDGE_FILE, find: 'server.listen({ host: BRIDGE_HOST,', replace: "server.listen({ host: '0.0.0.0'," }],
  B2: [
    {
      file: BRIDGE_FILE,
      find: 'Promise.all([removeRuntime(dir, tokens.own), sockets.stop()])',
      replace: 'Promise.all([sockets.stop()])',
    },
  ],
  B3: [{ file: CHECKS, find: '!ownHosts(port).includes(host)', replace: "host === ''" }],
  B4: [{ file: CHECKS, find: 'origins[0] !== `http://${host}`', replace: "!origins[0].startsWith('http://')" }],
  B5: [
    {
      file: CHECKS,
      find: "if (site === 'same-origin') return true",
      replace: "if (site.startsWith('same-')) return true",
    },
  ],
  B6: [
    {
      file: SOCKETS,
      find: "'content-length': '0', connection: 'close' }",
      replace: "'content-length': '0', connection: 'close', 'access-control-allow-origin': '*' }",
    },
    {
      file: REQUESTS,
      find: "    'content-type': type,",
      replace: "    'content-type': type,\n    ...(status === 415 ? { 'access-control-allow-origin': '*' } : {}),",
    },
  ],
  B7: [
    {
      file: REQUESTS,
      find: 'return token === undefined ? undefined : tokens.sessionOf(token)',
      replace: "return tokens.sessionOf(token ?? '') ?? { caller: { kind: 'bridge', role: 'owner' } }",
    },
  ],
  B8: [{ file: TOKENS, find: 'const own = newToken()', replace: "const own = 'A'.repeat(43)" }],
  B9: [
    { file: TOKENS, find: '      codes.delete(hash(code))\n', replace: '' },
    { file: TOKENS, find: 'const left = found ? found.until - clock.now() : 0', replace: 'const left = found ? 1 : 0' },
  ],
  B10: [{ file: TOKENS, find: '      codes.delete(hash(code))\n', replace: '' }],
  B11: [
    {
      file: REQUESTS,
      find: 'if (!/^application\\/json(?:; ?charset=utf-8)?$/i.test(',
      replace: 'if (/^nothing$/i.test(',
    },
  ],
  B12: [
    { file: BRIDGE_FILE, find: 'connections: MAX_CONNECTIONS,', replace: 'connections: 100_000,' },
    { file: BRIDGE_FILE, find: 'maxHeaderBytes: MAX_HEADER_BYTES,', replace: 'maxHeaderBytes: 16_384,' },
    {
      file: BRIDGE_FILE,
      find: 'requestMs: init.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,',
      replace: 'requestMs: 600_000,',
    },
    { file: REQUESTS, find: 'if (bytes > MAX_BODY_BYTES) throw tooLarge()', replace: '' },
    { file: SOCKETS, find: 'maxPayload: MAX_BODY_BYTES', replace: 'maxPayload: 1_000_000' },
    { file: SOCKETS, find: 'if (underWay >= MAX_CALLS)', replace: 'if (underWay < 0)' },
    { file: SOCKETS, find: "isOver = spent === 'gross'", replace: 'isOver = said.level(0) < 0' },
    { file: SOCKETS, find: 'void slowDown()', replace: 'void said' },
    { file: SOCKETS, find: 'frames.set(session, said)', replace: 'void frames' },
    { file: SOCKETS, find: 'if (socket.bufferedAmount > MAX_UNREAD_BYTES)', replace: 'if (socket.bufferedAmount < 0)' },
    { file: SOCKETS, find: 'if (count >= MAX_SOCKETS_PER_TOKEN)', replace: 'if (count < 0)' },
    {
      file: 'main/api/dispatch.ts',
      find: 'limits.take(`${caller.role} ${name}`, method.perMinute)',
      replace: 'limits.take(name, method.perMinute)',
    },
    { file: 'main/api/dispatch.ts', find: 'if (waitMs > 0) {', replace: 'if (waitMs < 0) {' },
  ],
  B13: [{ file: TOKENS, find: 'if (wrongLeft < 1) return true', replace: '' }],
  B14: [{ file: REQUESTS, find: '    ...PAGE_HEADERS,\n', replace: '' }],
  B15: [
    {
      file: 'proto/api/methods.ts',
      find: "'network.leave': method({ input: Nothing, output: Done, role: 'owner'",
      replace: "'network.leave': method({ input: Nothing, output: Done, role: 'viewer'",
    },
    {
      file: 'main/api/dispatch.ts',
      find: "(method.role === 'owner' && caller.role !== 'owner')",
      replace: "caller.role === 'nobody'",
    },
    { file: 'main/api/diagnostics.ts', find: 'ours.slice(0, -MAX_FILES)', replace: 'ours.slice(0, -1_000)' },
  ],
  B16: [
    { file: 'core/files.ts', find: 'export const PRIVATE_MODE = 0o600', replace: 'export const PRIVATE_MODE = 0o644' },
  ],
  B17: [{ file: 'main/cli/run-node.ts', find: 'config.bridge.enabled', replace: 'true' }],
  B18: [
    {
      file: 'main/api/dispatch.ts',
      find: "if (!parsed.success) throw new ApiError('bad-request'",
      replace: "if (!parsed.success && caller.kind === 'ipc') throw new ApiError('bad-request'",
    },
  ],
  B19: [
    { file: REUNION, find: 'host: host(), id,', replace: "host: '', id," },
    { file: REUNION, find: ' || age > KEY_LIFE_MS) return undefined', replace: ') return undefined' },
    { file: REUNION, find: 'update(`nodetrust-reunion-key\\n${id}`)', replace: "update('nodetrust-reunion-key')" },
    { file: REUNION, find: "proofOf('page', { id, nonce })", replace: "proofOf('node', { id, nonce })" },
    { file: REUNION, find: "proofOf('token', { id, nonce })", replace: "proofOf('node', { id, nonce })" },
    { file: 'main/bridge/requests.ts', find: 'sendJson(response, 200, {})', replace: 'sendJson(response, 200, made)' },
    { file: 'main/bridge/tokens.ts', find: 'sessions.has(hash(token))', replace: "hash(token) === ''" },
    {
      file: 'renderer/host/browser.ts',
      find: "((await met?.greet()) ?? 'same')",
      replace: "('same' as 'same' | 'other' | 'silent')",
    },
  ],
  B20: [
    { file: 'main/bridge/page-secret.ts', find: '& 0o777 & ~PRIVATE_MODE) !== 0', replace: '& 0) !== 0' },
    {
      file: 'main/bridge/page-secret.ts',
      find: 'await read(path).catch(() => undefined)',
      replace: 'await read(path)',
    },
  ],
}
