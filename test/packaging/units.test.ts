// The units of systemd are a second wall: should a stranger get past the limits of the program, the machine lives on.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const UNITS = globSync('packaging/systemd/**/*.service', { cwd: ROOT })

const MIB = 1_048_576
const UNITS_OF_SIZE: Readonly<Record<string, number>> = { M: MIB, G: 1_024 * MIB }

/** What a unit says in `[Service]`, the last word of each name. */
function service(path: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const section = /^\[Service\]$(.*?)(?=^\[)/ms.exec(text)?.[1] ?? ''
  return new Map([...section.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))
}

function bytes(value: string | undefined): number {
  const match = /^(\d+)([MG])$/.exec(value ?? '')
  return Number(match?.[1]) * (UNITS_OF_SIZE[match?.[2] ?? ''] ?? NaN)
}

describe('A1 a unit of systemd', () => {
  it('is there for the node of a machine, of a person, and for servers', () => assert.equal(UNITS.length, 3))

  for (const path of UNITS) {
    it(`ends what has got past every limit, and starts it anew (${path})`, () => {
      const unit = service(path)
      const memory = bytes(unit.get('MemoryMax'))
      assert.ok(memory >= 512 * MIB && memory <= 1_024 * MIB, `MemoryMax=${unit.get('MemoryMax')}`)
      assert.equal(unit.get('MemorySwapMax'), '0')
      assert.ok(Number(unit.get('TasksMax')) <= 256, `TasksMax=${unit.get('TasksMax')}`)
      // all places of all listeners, and as many files again
      const files = Number(unit.get('LimitNOFILE'))
      assert.ok(files >= 4_096 && files <= 65_536, `LimitNOFILE=${unit.get('LimitNOFILE')}`)
      assert.equal(unit.get('LimitCORE'), '0')
      assert.equal(unit.get('Restart'), 'on-failure')
    })
  }
})
