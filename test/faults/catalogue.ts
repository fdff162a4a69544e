// Every fault there is, in the order of the report, and what is not tried here. The command `npm run faults` prints it, the test run
// runs it, and docs/reliability.md is made from it.
import { ARI_FAULTS } from './ari.ts'
import { BROKER_CERTIFICATE_FAULTS } from './broker-certificate.ts'
import { CA_STATE_FAULTS } from './ca-state.ts'
import { CRASH_FAULTS } from './crash.ts'
import { DISK_FAULTS } from './disk.ts'
import { DNS_FAULTS } from './dns.ts'
import { className, type Fault, type LeftOut } from './fault.ts'
import { HTTP_FAULTS } from './http.ts'
import { LIMIT_FAULTS } from './limits.ts'
import { LOAD_FAULTS } from './load.ts'
import { LOST_ANSWER_FAULTS } from './lost-answers.ts'
import { NAME_FAULTS } from './names.ts'
import { SHUTDOWN_FAULTS } from './shutdown.ts'
import { TIME_FAULTS } from './time.ts'

export const CATALOGUE: readonly Fault[] = [
  ...DNS_FAULTS,
  ...HTTP_FAULTS,
  ...LOST_ANSWER_FAULTS,
  ...LIMIT_FAULTS,
  ...ARI_FAULTS,
  ...TIME_FAULTS,
  ...CRASH_FAULTS,
  ...DISK_FAULTS,
  ...CA_STATE_FAULTS,
  ...NAME_FAULTS,
  ...LOAD_FAULTS,
  ...SHUTDOWN_FAULTS,
  ...BROKER_CERTIFICATE_FAULTS,
]

/** What a reader may miss, where it is tested instead, or why it is not. */
export const LEFT_OUT: readonly LeftOut[] = [
  {
    class: className(1),
    fault: 'delegation (NS records), DNSSEC',
    why: 'a CA walks those with its own resolver; the CAs at hand ask one server and walk nothing',
  },
  {
    class: className(1),
    fault: 'our own DNS server’s answers: CAA and unknown types, mixed case, replies above 1232 bytes',
    why: 'in test/dns/conformance.test.ts and answer.test.ts',
  },
  {
    class: className(1),
    fault: 'our own DNS server killed between setting a value and the CA’s look',
    why: 'in test/servers/kill.test.ts, with the processes of the whole network',
  },
  {
    class: className(1),
    fault: 'the issue server’s check of each of its DNS servers, over UDP and TCP',
    why: 'in test/servers/pre-check.test.ts',
  },
  {
    class: className(4),
    fault: 'the issue server’s own budget of the week',
    why: 'in test/servers/budget.test.ts',
  },
  {
    class: className(7),
    fault: 'the issue server killed at each step and each request',
    why: 'in test/servers/resume.test.ts and kill.test.ts, with certificates counted at the CA',
  },
  {
    class: className(8),
    fault: 'an error of the disk while syncing (EIO)',
    why: 'it needs a disk that fails on demand; a full and a read-only one are tried',
  },
  {
    class: className(8),
    fault: 'files of another owner or without permission',
    why: 'the suite may run as root, whom no permission stops; the message for it is in core/files.ts',
  },
  {
    class: className(8),
    fault: 'two processes on one folder, a lock of the dead, a lock that is old',
    why: 'in test/core/lock.test.ts',
  },
  {
    class: className(8),
    fault: 'the node’s store: torn bundle, foreign bundle, the generation before',
    why: 'in test/main/store.test.ts and test/main/app.test.ts',
  },
  {
    class: className(9),
    fault:
      'chains with expired, superfluous, cross-signed certificates, in any order; test CAs by their names; alternate chains',
    why: 'in test/x509/chain-paths.test.ts and test/acme/other-chains.test.ts',
  },
  {
    class: className(15),
    fault: 'every wait after a failure, every date of a renewal, other names and keys in the stored file',
    why: 'in test/broker/own-certificate-attempts.test.ts and own-certificate-window.test.ts',
  },
  {
    class: className(15),
    fault: 'killed at every request of an order; from Pebble',
    why: 'in test/broker/own-certificate-kill.test.ts and own-certificate-pebble.test.ts',
  },
  {
    class: className(11),
    fault: 'fairness between peers at the issue server',
    why: 'in test/servers/turns.test.ts',
  },
  {
    class: '12 Abuse',
    fault: 'proofs replayed, foreign names, weak keys at the issue server',
    why: 'in test/servers/issue.test.ts and failures.test.ts',
  },
  {
    class: '14 Facts for people',
    fault: 'every failure has a cause and a next step in words',
    why: 'in test/main/failures.test.ts',
  },
]
