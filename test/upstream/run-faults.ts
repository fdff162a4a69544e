// Shows every fault, in a process that has none of our patches, and prints which are there: one JSON object.
import { PEER_RECORD_FAULTS } from './peer-records.ts'
import { NODE_FAULTS } from './node.ts'
import { STREAM_FAULTS } from './streams.ts'

const shown: Record<string, boolean | string> = {}
for (const [id, show] of Object.entries({ ...PEER_RECORD_FAULTS, ...STREAM_FAULTS, ...NODE_FAULTS })) {
  try {
    shown[id] = await show()
  } catch (error) {
    shown[id] = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
process.stdout.write(`${JSON.stringify({ patched: globalThis.NODETRUST_PATCHED === true, shown })}\n`, () =>
  process.exit(),
)
