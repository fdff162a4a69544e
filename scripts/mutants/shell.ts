// Mutants of the desktop shell's statements.
import type { Mutants } from './mutant.ts'

const ELECTRON = 'main/shell/electron.ts'

export const SHELL: Mutants = {
  S1: [
    { file: 'main/shell/window-options.ts', find: 'sandbox: true', replace: 'sandbox: false' },
    { file: 'main/shell/window-options.ts', find: 'contextIsolation: true', replace: 'contextIsolation: false' },
  ],
  S2: [
    { file: 'main/shell/launch-checks.ts', find: "  'no-sandbox',\n", replace: '' },
    { file: 'main/shell/launch-checks.ts', find: "  'remote-debugging-port',\n", replace: '' },
    { file: 'main/shell/launch-checks.ts', find: "  'in-process-gpu',\n", replace: '' },
    { file: 'main/shell/launch-checks.ts', find: '--?|', replace: '--|' },
  ],
  S3: [
    {
      file: 'main/shell/life-cycle.ts',
      find: 'import type { Clock }',
      replace: "import { app } from 'electron'\nvoid app\nimport type { Clock }",
    },
  ],
  S4: [
    {
      file: 'main/shell/page-handler.ts',
      find: "if (method !== 'GET' && method !== 'HEAD') return",
      replace: "if (method === 'TRACE') return",
    },
  ],
  S5: [
    { file: 'main/page-headers.ts', find: '"script-src \'self\'",', replace: "\"script-src 'self' 'unsafe-inline'\"," },
  ],
  S6: [
    {
      file: ELECTRON,
      find: "contents.setWindowOpenHandler(() => ({ action: 'deny' }))",
      replace: "contents.setWindowOpenHandler(() => ({ action: 'allow' }))",
    },
    { file: ELECTRON, find: "contents.on('will-navigate', stay)", replace: "contents.on('will-nothing', stay)" },
    { file: ELECTRON, find: "contents.on('will-attach-webview'", replace: "contents.on('will-nothing'" },
  ],
  S7: [
    {
      file: 'main/shell/outside.ts',
      find: 'if (url && plain && origins.includes(url.origin))',
      replace: 'if (url && plain)',
    },
  ],
  S8: [
    {
      file: 'main/shell/outside.ts',
      find: "(!below.startsWith('..') && !isAbsolute(below))",
      replace: '!isAbsolute(below)',
    },
  ],
  S9: [
    { file: ELECTRON, find: 'callback({ confirmed: false })', replace: 'callback({ confirmed: true })' },
    { file: ELECTRON, find: "contents.on('select-bluetooth-device'", replace: "contents.on('select-nothing'" },
    { file: ELECTRON, find: "locked.on('select-serial-port'", replace: "locked.on('select-nothing'" },
    {
      file: ELECTRON,
      find: 'locked.setDevicePermissionHandler(() => false)',
      replace: 'locked.setDevicePermissionHandler(() => true)',
    },
    {
      file: 'main/shell/own-page.ts',
      find: "return permission === 'clipboard-sanitized-write' && isOwnPage(origin)",
      replace: "return permission !== 'media' && isOwnPage(origin)",
    },
  ],
  S10: [
    {
      file: 'main/shell/own-page.ts',
      find: 'return isOwnPage(url) || (development',
      replace: 'return !isOwnPage(url) || (development',
    },
  ],
  S11: [
    { file: ELECTRON, find: 'locked.setSpellCheckerEnabled(false)', replace: 'locked.setSpellCheckerEnabled(true)' },
  ],
  S12: [
    { file: 'main/shell/ipc-router.ts', find: 'if (!isMainFrame(frame))', replace: 'if (frame.url === "nowhere")' },
    {
      file: 'main/api/dispatch.ts',
      find: "if (bytes > most) throw new ApiError('too-large'",
      replace: "if (bytes < 0) throw new ApiError('too-large'",
    },
  ],
  S13: [{ file: 'main/api/diagnostics.ts', find: 'redact(facts, home)', replace: 'facts' }],
  S14: [{ file: 'preload/index.ts', find: 'Object.freeze(api)', replace: 'api' }],
  S15: [{ file: 'preload/index.ts', find: 'ipcRenderer.invoke(', replace: 'ipcRenderer.sendSync(' }],
  S16: [
    { file: 'main/api/dispatch.ts', find: 'detail: `number ${faults} in the log`', replace: 'detail: describe(error)' },
  ],
  S17: [{ file: 'electron-builder.yml', find: '  runAsNode: false', replace: '  runAsNode: true' }],
  S18: [
    { file: 'electron-builder.test.yml', find: 'appId: org.nodetrust.app.test', replace: 'appId: org.nodetrust.app' },
  ],
  S19: [{ file: 'electron-builder.yml', find: "  - '!**/*.{map,ts,tsx,md}'\n", replace: "  - '**/*.md'\n" }],
  S20: [
    {
      file: 'electron-builder.yml',
      find: '  executableName: nodetrust',
      replace: "  executableName: nodetrust\n  executableArgs: ['--no-sandbox']",
    },
    { file: 'scripts/package/deb.ts', find: '? 0o4755', replace: '? 0o755' },
    {
      file: 'packaging/linux/bin/nodetrust',
      find: 'exec "$home/nodetrust" "$@"',
      replace: 'exec "$home/nodetrust" --no-sandbox "$@"',
    },
  ],
  S21: [
    { file: 'main/shell/deep-link.ts', find: 'return links.length === 1 ?', replace: 'return links.length > 0 ?' },
    { file: 'proto/invitation.ts', find: 'if (verb.toLowerCase() !== VERB)', replace: "if (verb === '')" },
  ],
  S22: [
    { file: 'main/shell/update-feed.ts', find: 'if (!verify(null,', replace: 'if (verify.length > 9 && !verify(null,' },
    {
      file: 'main/shell/update-feed.ts',
      find: 'return (left.numbers[index] ?? 0) > (right.numbers[index] ?? 0)',
      replace: 'return left !== right',
    },
    {
      file: 'main/shell/updates.ts',
      find: "URL.parse(source.url)?.protocol === 'https:' ?",
      replace: 'URL.canParse(source.url) ?',
    },
  ],
  S23: [
    { file: 'core/files.ts', find: 'export const PRIVATE_MODE = 0o600', replace: 'export const PRIVATE_MODE = 0o644' },
  ],
  S24: [{ file: 'package.json', find: '"electron": "', replace: '"electron": "^' }],
  S25: [
    { file: 'main/shell/life-cycle.ts', find: "if (times.length >= MAX_RELOADS) return 'explain'", replace: '' },
    { file: 'main/shell/window-keeper.ts', find: '    if (hasAsked) return\n', replace: '    if (!hasAsked) return\n' },
  ],
  S26: [
    {
      file: 'main/shell/clipboard-invitation.ts',
      find: 'return formatInvitation(parseInvitation(text))',
      replace: 'return parseInvitation(text) && text',
    },
    {
      file: 'main/shell/clipboard-invitation.ts',
      find: "if (platform === 'darwin' && !clicked) return undefined\n",
      replace: '',
    },
    {
      file: 'main/api/handlers.ts',
      find: 'if (!clicked && !program.facts().firstRun) return { invitation: null }\n',
      replace: '',
    },
  ],
  S27: [{ file: 'main/index.ts', find: 'void startDesktop({', replace: 'await startDesktop({' }],
  S28: [{ file: 'main/shell/launch-checks.ts', find: 'if (bytes > MAX_WORDS_BYTES)', replace: 'if (bytes < 0)' }],
  S29: [
    { file: 'main/shell/shell.ts', find: 'if (!init.answersMessages) return', replace: 'if (note) return' },
    { file: 'main/shell/message-service.ts', find: 'resolve(kind === METHOD_RETURN)', replace: 'resolve(true)' },
  ],
}
