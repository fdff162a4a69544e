// The catalogue of faults as tests: each must end as it says. What takes long is left to the command `npm run faults`.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CATALOGUE } from './catalogue.ts'
import { className, FAULT_CLASSES, type Fault } from './fault.ts'

const byClass = Map.groupBy(
  CATALOGUE.filter(({ long = false }) => !long),
  ({ class: number }) => className(number),
)

const title = ({ fault, expected }: Fault) => `${fault}: ${expected}`

for (const [name, faults] of byClass) {
  describe(`faults of class ${name}`, () => {
    for (const fault of faults) {
      test(title(fault), { skip: fault.skip ?? false }, async () => {
        assert.equal(await fault.run(), fault.expected)
      })
    }
  })
}

test('the catalogue has faults of every class, and no fault twice', () => {
  assert.equal(byClass.size, Object.keys(FAULT_CLASSES).length)
  assert.equal(new Set(CATALOGUE.map((fault) => `${fault.class} ${fault.fault}`)).size, CATALOGUE.length)
})
