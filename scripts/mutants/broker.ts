// Mutants of the statements about the broker.
import type { Mutants } from './mutant.ts'

const DIAL_BACK = 'servers/broker/dial-back.ts'
const BUDGET = 'servers/broker/dial-budget.ts'
const TLS = 'core/net/tls-server.ts'

export const BROKER: Mutants = {
  K1: [
    {
      file: 'servers/broker/buckets.ts',
      find: 'count: limits.newPerPrefix',
      replace: 'count: 100 * limits.newPerPrefix',
    },
  ],
  K2: [
    { file: BUDGET, find: '|| mayDial(networkOf(ip)) > 0) return false', replace: ') return false' },
    { file: BUDGET, find: 'if (waitFor(limits.all, all, now) > 0 || ', replace: 'if (' },
  ],
  K3: [
    {
      file: DIAL_BACK,
      find: 'await clock.sleep(Math.max(0, began + timeoutMs - clock.now()), ends)',
      replace: 'await clock.sleep(began < 0 ? 1 : 0, ends)',
    },
  ],
  K4: [
    { file: DIAL_BACK, find: 'places.enter(caller?.text,', replace: "places.enter('192.0.2.1'," },
    {
      file: 'core/net/side-by-side.ts',
      find: 'waiting.length > 0 && running.size < atOnce',
      replace: 'waiting.length > 0 && running.size < 1_000',
    },
  ],
  K5: [{ file: TLS, find: "ciphers: [...TLS_1_3, ...TLS_1_2].join(':')", replace: "ciphers: 'ALL'" }],
  K6: [
    {
      file: 'servers/broker/http.ts',
      find: "if (init.tls) response.setHeader('Strict-Transport-Security'",
      replace: "if (!init.tls) response.setHeader('Strict-Transport-Security'",
    },
  ],
  K7: [
    { file: 'core/net/request-target.ts', find: 'if (others.length > 0 || ', replace: 'if (' },
    {
      file: 'servers/admin/server.ts',
      find: ' || !isOwnHost(target?.host)',
      replace: '',
    },
  ],
  K8: [
    {
      file: 'servers/broker/http.ts',
      find: 'if (wait > 0) return refuse(response, tooMany(wait))',
      replace: 'if (wait > 1e12) return refuse(response, tooMany(wait))',
    },
    {
      file: 'proto/peer-id-auth.ts',
      find: "throw new AuthSignatureError('the client has not signed our challenge, key and name')",
      replace: 'return host',
    },
  ],
}
