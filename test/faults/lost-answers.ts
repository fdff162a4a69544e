// Class 3: the CA does its work and we never hear of it. Whatever was lost there is one certificate, and never two.
import { pebbleIsMissing } from '../support/pebble.ts'
import type { Fault } from './fault.ts'
import { after, POST_KINDS, times } from './spoil.ts'
import { withOwnCa, withPebble } from './world.ts'

export const LOST_ANSWER_FAULTS: readonly Fault[] = [
  ...POST_KINDS.map((kind): Fault => ({
    class: 3,
    fault: `the answer to ${kind} is lost`,
    expected: 'one certificate',
    run: () =>
      withOwnCa(
        after(times(1, kind), () => 'cut'),
        (world) => world.tell(),
      ),
  })),
  ...POST_KINDS.map((kind): Fault => ({
    class: 3,
    fault: `the answer to ${kind} is lost (Pebble)`,
    expected: 'one certificate',
    skip: pebbleIsMissing,
    run: () =>
      withPebble(
        after(times(1, kind), () => 'cut'),
        (world) => world.tell(),
      ),
  })),
  {
    class: 3,
    fault: 'every kind of answer is lost once in one issuance',
    expected: 'one certificate',
    run() {
      const hits = POST_KINDS.map((kind) => times(1, kind))
      return withOwnCa(
        after(
          (exchange) => hits.some((hit) => hit(exchange)),
          () => 'cut',
        ),
        (world) => world.tell(),
      )
    },
  },
  {
    class: 3,
    fault: 'a page of a gateway (502) comes instead of the answer to finalize',
    expected: 'one certificate',
    run: () =>
      withOwnCa(
        after(times(1, 'finalize'), () => ({
          status: 502,
          headers: { 'content-type': 'text/html' },
          body: '<h1>Bad</h1>',
        })),
        (world) => world.tell(),
      ),
  },
  {
    class: 3,
    fault: 'the answer to finalize is lost, and the next three polls as well',
    expected: 'one certificate',
    run() {
      let lost = 0
      const hit = ({ kind }: { readonly kind: string }) =>
        (kind === 'finalize' && lost === 0) || (kind === 'order' && lost > 0 && lost < 4)
      return withOwnCa(
        after(
          (exchange) => hit(exchange) && ++lost > 0,
          () => 'cut',
        ),
        (world) => world.tell(),
      )
    },
  },
]
