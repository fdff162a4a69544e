// Our server as other people's programs see it: dig of BIND and kdig of Knot ask one name of each kind, over UDP and TCP.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { createDnsServer } from '../../core/dns/index.ts'
import { silentLog } from '../../core/log.ts'
import { BASE36, challengeValue, ID0, PEERS, testZone, ZONE } from './fixtures.ts'

const run = promisify(execFile)
const zone = testZone()
const server = createDnsServer({ host: '127.0.0.1', port: 0, handle: zone.handle, log: silentLog })
let port = 0

before(async () => {
  port = (await server.start()).port
  zone.challenges.set(`_acme-challenge.${ID0}.${ZONE}`, challengeValue('a'), 60_000)
  zone.challenges.set(`_acme-challenge.${ID0}.${ZONE}`, challengeValue('b'), 60_000)
})
after(() => server.stop())

/** Name, type, the status they print, and the lines of the answer without spaces in a row. */
const QUESTIONS: readonly (readonly [name: string, type: string, status: string, answers: readonly string[]])[] = [
  [`ip4203-0-113-7.ip.${ZONE}`, 'A', 'NOERROR', ['604800 IN A 203.0.113.7']],
  [`ip62001-db8-0-0-0-0-0-1.ip.${ZONE}`, 'AAAA', 'NOERROR', ['604800 IN AAAA 2001:db8::1']],
  [`ip6--1.ip.${ZONE}`, 'AAAA', 'NOERROR', ['604800 IN AAAA ::1']],
  [`${ID0}.${ZONE}`, 'TXT', 'NOERROR', [`86400 IN TXT "id=${PEERS[0]}"`]],
  [`203-0-113-7.${ID0}.${ZONE}`, 'A', 'NOERROR', ['604800 IN A 203.0.113.7']],
  [`0--1.${BASE36}.${ZONE}`, 'AAAA', 'NOERROR', ['604800 IN AAAA ::1']],
  [
    `_acme-challenge.${ID0}.${ZONE}`,
    'TXT',
    'NOERROR',
    [`10 IN TXT "${challengeValue('a')}"`, `10 IN TXT "${challengeValue('b')}"`],
  ],
  [`_acme-challenge.${ZONE}`, 'TXT', 'NOERROR', ['10 IN TXT "not set yet"']],
  [ZONE, 'SOA', 'NOERROR', ['86400 IN SOA ns1.example.net. dns\\.team.example.org. 1 14400 3600 1209600 86400']],
  [
    ZONE,
    'NS',
    'NOERROR',
    ['86400 IN NS a.dns.example.net.', '86400 IN NS ns.elsewhere.example.org.', '86400 IN NS ns1.example.net.'],
  ],
  [ZONE, 'CAA', 'NOERROR', ['86400 IN CAA 0 iodef "mailto:dns@example.org"', '86400 IN CAA 0 issue "letsencrypt.org"']],
  [`ip4203-0-113-7.ip.${ZONE}`, 'CAA', 'NOERROR', []],
  [`www.${ZONE}`, 'A', 'NXDOMAIN', []],
  ['example.org', 'A', 'REFUSED', []],
]

for (const program of ['dig', 'kdig']) {
  const missing = onPath(program) ? false : `${program} is not installed`
  suite(`Asked by ${program}`, { skip: missing }, () => {
    for (const transport of ['+notcp', '+tcp']) {
      test(`every kind of name is answered ${transport === '+tcp' ? 'over TCP' : 'over UDP'}`, async () => {
        for (const [name, type, status, answers] of QUESTIONS) {
          const output = await ask(program, [name, type, transport])
          assert.match(output, new RegExp(`status: ${status}`), `${name} ${type}`)
          assert.deepEqual(answerLines(output, name), answers, `${name} ${type}`)
          assert.doesNotMatch(output, /warning|malformed|mismatch/i)
        }
      })
    }

    test('a zone transfer is refused', async () => {
      const output = await ask(program, [ZONE, 'AXFR', '+tcp'])
      assert.match(output, /Transfer failed|REFUSED/i)
    })
  })
}

async function ask(program: string, args: readonly string[]): Promise<string> {
  const options = ['-p', String(port), '@127.0.0.1', ...args, '+norecurse', '+timeout=5', '+retry=0', '+edns=0']
  // Both fail where a transfer is refused; what they printed is what counts.
  const { stdout, stderr } = await run(program, options, { timeout: 20_000 }).catch(
    (error: { stdout: string; stderr: string }) => error,
  )
  return `${stdout}${stderr}`
}

/** Lines that begin with the name, without it, in order. */
function answerLines(output: string, name: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith(`${name}.`) && !line.includes('SOA') === !isSoaAnswer(output))
    .map((line) =>
      line
        .slice(name.length + 1)
        .trim()
        .replaceAll(/\s+/g, ' '),
    )
    .sort()
}

/** Whether the SOA record stands in the answer, not in the authority section of an empty one. */
function isSoaAnswer(output: string): boolean {
  return /ANSWER SECTION:\n[^\n]*\sSOA\s/.test(output)
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}
