// What the package starts first: it loads the app, and says so where the app's files are damaged; Electron by itself would then stay
// there without a window and without a word. Awaited, because Electron gets ready once this file has run to its end; the app itself has
// no such await (scripts/build/entry-await.ts).
import { app, dialog } from 'electron'

try {
  await import('./main.js')
} catch (error) {
  const text = 'The files of Nodetrust are damaged. Install it once more; what it has stored stays as it is.'
  process.stderr.write(`nodetrust: ${text} (${error instanceof Error ? error.message : String(error)})\n`)
  void app.whenReady().then(() => {
    dialog.showMessageBoxSync({ type: 'error', title: 'Nodetrust cannot start', message: text })
    app.exit(1)
  })
}
