// Mutants of the statements about records that peers ask each other for, and about the DHT.
import type { Mutants } from './mutant.ts'

export const EXCHANGE: Mutants = {
  P18: [
    { file: 'core/exchange/serve.ts', find: '    budget.check(network, clock.now())\n', replace: '' },
    {
      file: 'core/exchange/answer.ts',
      find: 'if (ids.length > MAX_ASKED) throw',
      replace: 'if (ids.length < 0) throw',
    },
    {
      file: 'core/exchange/serve.ts',
      find: 'maxBytes: MAX_MESSAGE_BYTES.peerRecordsRequest, idleMs, signal',
      replace: 'maxBytes: 1_000_000, idleMs, signal',
    },
    {
      file: 'core/exchange/summary.ts',
      find: 'filter.length <= MAX_FILTER_BYTES',
      replace: 'filter.length < 1_000_000',
    },
  ],
  P19: [
    {
      file: 'core/exchange/ask.ts',
      find: 'if (peeked && !summary && !asked.has(peeked.peer)) continue',
      replace: 'if (peeked?.peer === "") continue',
    },
    {
      file: 'core/exchange/ask.ts',
      find: 'if (isBlamable(error.fault)) return',
      replace: "if (error.fault === 'size') return",
    },
    {
      file: 'core/exchange/meet.ts',
      find: 'partners.fault(partner, clock.now())',
      replace: 'partners.check(partner, "known", 0)',
    },
    { file: 'core/exchange/meet.ts', find: 'const WORST_SCORE = -5', replace: 'const WORST_SCORE = -9.1' },
  ],
  P20: [
    {
      file: 'core/exchange/meet.ts',
      find: "return partners.check(partner, isKnown ? 'known' : 'new', clock.now())",
      replace: 'return partner.length > (isKnown ? 0 : 1)',
    },
  ],
  P21: [
    {
      file: 'core/exchange/answer.ts',
      find: 'return held.filter(({ peer }) => !peer.equals(self))',
      replace: 'return held.filter(({ peer }) => peer !== self)',
    },
    {
      file: 'core/records/held.ts',
      find: 'if (addresses.every((address) => mayTell(address, peer)))',
      replace: 'if (addresses.some((address) => mayTell(address, peer)))',
    },
    {
      file: 'main/peers/record-source.ts',
      find: 'record?.addresses.every((address)',
      replace: 'record?.addresses.some((address)',
    },
    {
      file: 'main/peers/record-source.ts',
      find: '++unjudged > MAX_JUDGED_AT_ONCE',
      replace: '++unjudged < 0',
    },
    {
      file: 'main/peers/record-source.ts',
      find: '.filter((one) => isFirstHand(one))',
      replace: '',
    },
  ],
  P22: [
    {
      file: 'main/peers/dht/values.ts',
      find: 'if (!peerOfKey(key)?.equals(record.peer)) {',
      replace: 'if (key.length === 0) {',
    },
    {
      file: 'main/peers/dht/answer.ts',
      find: 'if (!peer || (type !== Type.GET_VALUE && type !== Type.PUT_VALUE)) {',
      replace: 'if (!peer) {',
    },
    { file: 'main/peers/dht/values.ts', find: 'seq > (numbers[best] ?? -1n)', replace: 'seq < (numbers[best] ?? -1n)' },
  ],
  P23: [
    { file: 'main/peers/dht/dht.ts', find: '        partners.fault(neighbour, clock.now())\n', replace: '' },
    {
      file: 'main/peers/dht/dht.ts',
      find: "if (!partners.check(neighbour, highest === undefined ? 'new' : 'known', clock.now()))",
      replace: "if (neighbour === '')",
    },
    { file: 'core/records/signer-key.ts', find: 'bytes.length === length && startsWith', replace: 'startsWith' },
  ],
  P24: [
    {
      file: 'main/peers/dht/reach.ts',
      find: 'if (dialled.size <= MAX_DIALLED) return',
      replace: 'if (dialled.size <= 1_000) return',
    },
    { file: 'main/peers/dht/answer.ts', find: 'if (size > left) return []', replace: 'if (size < 0) return []' },
    {
      file: 'main/peers/dht/answer.ts',
      find: 'budget.check(network, init.clock.now())',
      replace: 'void budget',
    },
    {
      file: 'main/peers/dht/dht.ts',
      find: 'if (signedRecord && signedRecord.length > 0) {',
      replace: 'if (signedRecord && signedRecord.length > 65_536) {',
    },
  ],
  P34: [
    {
      file: 'core/exchange/meet.ts',
      find: 'if (beside >= MAX_AT_ONCE_OF_NETWORK) continue',
      replace: 'if (beside > MAX_AT_ONCE) continue',
    },
  ],
}
