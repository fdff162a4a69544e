// Writes the manual page: `npm run manual`, after a change of the table of commands (core/commands/); a test tells where that was
// forgotten.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { manualPage } from '../core/commands/manual.ts'

await writeFile(join(import.meta.dirname, '..', 'packaging', 'linux', 'nodetrust.1'), manualPage())
