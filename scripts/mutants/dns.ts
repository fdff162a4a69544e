// Mutants of the statements about the DNS server.
import type { Mutants } from './mutant.ts'

const TCP = 'core/dns/tcp.ts'
const RATE = 'core/dns/rate-limit.ts'

export const DNS: Mutants = {
  D1: [{ file: RATE, find: 'tokens[bucket] = left - 1', replace: 'tokens[bucket] = left' }],
  D2: [
    {
      file: RATE,
      find: 'for (let at = 0; at < 3; at++) hash = Math.imul(hash ^ (groups[at]',
      replace: 'for (let at = 0; at < 4; at++) hash = Math.imul(hash ^ (groups[at]',
    },
  ],
  D3: [
    {
      file: 'core/net/places.ts',
      find: '(taken < places || roomInHouse(networks.get(network)))',
      replace: 'taken < places',
    },
    { file: TCP, find: '    kept: limits.kept,\n', replace: '' },
  ],
  D4: [
    {
      file: TCP,
      find: 'return idleMs * (1 - over * (1 - LEAST_IDLE_SHARE))',
      replace: 'return idleMs * (over < 0 ? 0 : 1)',
    },
    {
      file: TCP,
      find: 'if (now - connection.askedAt < idle && now - (connection.beganAt ?? now) < query) continue',
      replace: 'if (now - connection.askedAt < idle) continue',
    },
  ],
  D5: [
    { file: TCP, find: 'if (held > limits.heldInAll) cutOffGreediest()', replace: '' },
    { file: TCP, find: 'turns++ === QUERIES_PER_TURN || ', replace: '' },
  ],
  D6: [
    {
      file: 'servers/dns/caa-issuers.ts',
      find: 'return /; ?validationmethods=/.test(value) || whole.length > 255 ? value : whole',
      replace: "return whole === '' ? whole : value",
    },
  ],
  D7: [
    {
      file: 'servers/dns/caa-issuers.ts',
      find: 'fitting(values.length > 0 ? values : [NOBODY], room)',
      replace: '(values.length > 0 ? values : [NOBODY])',
    },
  ],
  D8: [
    {
      file: 'servers/dns/in-step.ts',
      find: 'return behindUntil === 0 || clock.now() >= behindUntil',
      replace: 'return behindUntil >= 0',
    },
  ],
  D9: [{ file: 'servers/dns/zone.ts', find: "'v=spf1 -all'", replace: "'v=spf1 ?all'" }],
}
