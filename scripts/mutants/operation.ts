// Mutants of the statements about what an operator relies on.
import type { Mutants } from './mutant.ts'

const LIFE = 'core/process-life.ts'
const FOLDER = 'main/certificates/handover/export-folder.ts'
const HOOK = 'main/certificates/handover/hook.ts'

export const OPERATION: Mutants = {
  O1: [
    {
      file: 'servers/admin/html.ts',
      find: "textOf(values[index] ?? '')",
      replace: "String(values[index] instanceof Html ? textOf(values[index]) : (values[index] ?? ''))",
    },
    { file: 'servers/admin/live.ts', find: 'windows.size >= MAX_WINDOWS || ', replace: '' },
    { file: 'servers/admin/server.ts', find: "site !== 'same-origin'", replace: "site === ''" },
    { file: 'servers/admin/server.ts', find: "(path === '/' && isVisit(request))", replace: "(path === '/')" },
    {
      file: 'servers/admin/server.ts',
      find: 'const reports = shared(init.reports)',
      replace: 'const { reports } = init',
    },
    { file: 'servers/admin/shared.ts', find: 'if (running) return await running', replace: '' },
    { file: 'servers/admin/shared.ts', find: '!looks.take(1, nowMs()) && last', replace: 'looks.level(0) < 0 && last' },
  ],
  O2: [
    {
      file: LIFE,
      find: "target.on('SIGHUP', atTerminal ? stop('SIGHUP') : reread)",
      replace: "target.on('SIGHUP', stop('SIGHUP'))",
    },
    {
      file: LIFE,
      find: "const STOPS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const",
      replace: "const STOPS = ['SIGTERM', 'SIGINT'] as const",
    },
    { file: LIFE, find: '    stoppedAt ??= now\n', replace: '' },
    { file: LIFE, find: "process[stream].on('error', (", replace: "process[stream].on('lost', (" },
    { file: 'main/headless.ts', find: '  guardOutputs((', replace: '  void ((' },
    {
      file: 'main/headless.ts',
      find: "    if (stream === 'stderr') return\n    left.abort()",
      replace: "    if (stream === 'stderr') return",
    },
    { file: 'main/cli/watch.ts', find: 'await clock.sleep(LINE_PAUSE_MS, signal).catch(() => undefined)', replace: '' },
    { file: 'servers/cli.ts', find: '  guardOutputs((', replace: '  void ((' },
  ],
  O3: [{ file: 'main/index.ts', find: "demandPatches('main/index.ts')", replace: '' }],
  O4: [
    { file: FOLDER, find: 'const GROUP_KEY_MODE = 0o640', replace: 'const GROUP_KEY_MODE = 0o644' },
    {
      file: FOLDER,
      find: 'gid === undefined ? PRIVATE_MODE : GROUP_KEY_MODE',
      replace: 'gid === undefined ? PUBLIC_MODE : GROUP_KEY_MODE',
    },
  ],
  O5: [
    { file: HOOK, find: '    ...Object.fromEntries(passed),', replace: '    ...process.env,' },
    { file: HOOK, find: 'const MAX_OUTPUT_BYTES = 8_192', replace: 'const MAX_OUTPUT_BYTES = 8_192_000' },
  ],
  O6: [
    {
      file: 'core/counted-log.ts',
      find: 'if (sinceMs >= PAUSE_MS || sinceMs < 0) return tell(key, entry)',
      replace: 'if (sinceMs >= 0 || sinceMs < 0) return tell(key, entry)',
    },
  ],
  O7: [
    {
      file: 'servers/admin/metrics-server.ts',
      find: 'if (!timingSafeEqual(digestOf(bearerOf(request.headers.authorization)), digest)) {',
      replace: "if (bearerOf(request.headers.authorization) === '') {",
    },
    {
      file: 'servers/admin/metrics-server.ts',
      find: 'const waitMs = mayGuess(networkOfText(address))',
      replace: 'const waitMs = 0',
    },
  ],
  O8: [
    {
      file: 'core/command-title.ts',
      find: "if (shown || target.title === ALL_HIDDEN) target.title = ['nodetrust', ...(shown ?? words)].join(' ')",
      replace: 'void ALL_HIDDEN',
    },
  ],
  O10: [
    {
      file: 'proto/invited-glance.ts',
      find: "if (whyNotWhole(query.get(CHECK_KEY), check) !== undefined) return { kind: 'cut' }",
      replace: '',
    },
    { file: 'servers/join/page.ts', find: '["default-src \'none\'", ', replace: '["default-src \'self\'", ' },
  ],
  O11: [
    { file: 'main/events.ts', find: 'const event = plainEvent(given)', replace: 'const event = given' },
    { file: 'main/cli/text.ts', find: '${plainLine(line)}`)', replace: '${line}`)' },
    { file: 'main/cli/json.ts', find: 'write(plainJson(value))', replace: 'write(JSON.stringify(value))' },
    { file: 'proto/doctor.ts', find: 'const line = plainLine(text)', replace: 'const line = text' },
    {
      file: 'main/issuers/nodetrust/wire.ts',
      find: "return plainText((text ?? '').slice(0, MAX_TEXT))",
      replace: "return (text ?? '').slice(0, MAX_TEXT)",
    },
    {
      file: 'main/issuers/nodetrust/grant.ts',
      find: '${plainText(foreign.slice(0, 253))}',
      replace: '${foreign.slice(0, 253)}',
    },
  ],
  O12: [
    { file: 'main/crowd-lines.ts', find: 'if (state.room === 0) {', replace: 'if (state.room < 0) {' },
    { file: 'main/crowd-lines.ts', find: 'if (kind === undefined) return tell(line)', replace: '' },
  ],
  O9: [
    { file: 'core/tls-checks.ts', find: '  delete env[VARIABLE]\n', replace: '' },
    { file: 'core/acme/transport.ts', find: 'rejectUnauthorized: true', replace: 'rejectUnauthorized: undefined' },
    { file: 'main/index.ts', find: 'keepTlsChecks((text) => void process.stderr.write(text))', replace: '' },
  ],
  O13: [
    { file: 'core/acme/issuance.ts', find: 'authorizations.length <= most', replace: 'authorizations.length <= 100' },
    { file: 'core/acme/issuance.ts', find: "if (status !== 'pending') return {", replace: 'if (most < 0) return {' },
    { file: 'core/acme/connection.ts', find: 'budget?.refused(to)', replace: 'void budget' },
    { file: 'core/acme/connection.ts', find: '        budget?.spend(to)\n', replace: '' },
    { file: 'core/acme/budget.ts', find: 'if (--requests < 0)', replace: 'if (--requests < -1e6)' },
    { file: 'core/acme/polling.ts', find: 'waited += monotonicMs() - began', replace: 'waited += began * 0' },
  ],
}
