// A process that writes peers into a book as fast as it can and says after each transaction how many are on disk, until it is killed:
// `book-writer.ts FILE`.
import { sqliteStore } from '../../main/peers/book/sqlite-store.ts'

const [file = ''] = process.argv.slice(2)
const store = sqliteStore(file)
for (let count = 0; ; count += 5) {
  const rows = Array.from({ length: 5 }, (_, index) => ({
    ...{ id: `peer ${count + index}`, isKept: false, bringer: { network: '', neighbour: '' } },
    entry: { seq: 7n, record: { seq: 7n, envelope: new Uint8Array(300), heardMs: 9e12 }, held: [], metMs: undefined },
  }))
  store.write({ rows, gone: [], deleted: [] })
  process.stdout.write(`${count + 5}\n`)
}
