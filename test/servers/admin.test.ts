// The operator's page of a whole network: a part for each role with what really happened, figures under their names, and a status
// for a program that watches.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { silentLog } from '../../core/log.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { systemClock } from '../../core/clock.ts'
import { autotlsName } from '../../proto/names.ts'
import { figuresText, gauge } from '../../servers/admin/figures.ts'
import { html, NONE } from '../../servers/admin/html.ts'
import { AdminListenError, startAdminServer } from '../../servers/admin/server.ts'
import { queryOnce } from '../broker/queries.ts'
import { converse, countedCa, createClient, startNetwork } from '../support/network.ts'
import type { CaRequest } from '../../servers/ca/http.ts'
import type { RoleReport } from '../../servers/admin/report.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'

describe('the page of a network', () => {
  let network: SandboxNetwork
  let client: Awaited<ReturnType<typeof createClient>>
  const get = async (path: string) => {
    const answer = await fetch(new URL(path, network.admin))
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }

  before(async () => {
    network = await startNetwork({ acme: { pollFirstMs: 20 }, week: { newCertificates: 50 } })
    client = await createClient()
    await converse(client.host, network)
    await queryOnce(splitHostPort(network.dns), `192-0-2-7.${autotlsName(client.host.peerId, network.zone)}`, 'A')
  })

  after(async () => {
    await client.stop()
    await network.stop()
  })

  it('has a part for each role, and says what came of the last orders', async () => {
    const { status, text } = await get('/')
    assert.equal(status, 200)
    for (const words of [
      'DNS',
      'Proof server',
      'Issue server',
      'Broker',
      'Well: new names are welcome.',
      'Well: it is asked.',
    ])
      assert.ok(text.includes(words), words)
    assert.match(
      text,
      new RegExp(`issued</td>\\s*<td[^>]*><details class="id" data-id="${client.host.peerId.toString()}`),
    )
    assert.match(text, /Proofs given<\/dt>\s*<dd>1</)
    assert.match(text, /<dd>1 address, /)
    assert.doesNotMatch(text, /[> ]1 (addresses|challenges|peers|entries)/)
  })

  it('has a policy that allows its own style and script and nothing else', async () => {
    const { headers, text } = await get('/')
    const style = /<style>([^<]*)<\/style>/.exec(text)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    const script = /<script>([^<]*(?:<(?!\/script)[^<]*)*)<\/script>/.exec(text)?.[1] ?? ''
    const scriptHash = createHash('sha256').update(script).digest('base64')
    const policy = headers.get('content-security-policy') ?? ''
    assert.ok(
      policy.startsWith(
        `default-src 'none'; style-src 'sha256-${hash}'; script-src 'sha256-${scriptHash}'; connect-src 'self';`,
      ),
      policy,
    )
    assert.equal(text.match(/<script/g)?.length, 1)
    assert.doesNotMatch(text.replace(`<script>${script}</script>`, ''), /style="|javascript:| on[a-z]+=/)
  })

  it('gives figures under the names of the public broker, and of our own', async () => {
    const { text } = await get('/metrics')
    const lines = text.split('\n')
    for (const line of [
      'coredns_forge_ipparser_responses_total{type="A"} 1',
      'nodetrust_proofs_total{outcome="given"} 1',
      'nodetrust_issue_orders{state="issued"} 1',
      'nodetrust_week_new_certificates_used 1',
      'nodetrust_broker_new_peers_used 0',
    ])
      assert.ok(lines.includes(line), `${line}\n${text}`)
    assert.match(text, /^coredns_forge_acme_dns01_responses_total\{type="TXT"\} [1-9]/m)
    const heads = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2])
    assert.equal(new Set(heads).size, heads.length, 'each name once')
  })

  it('says in a status that all is well', async () => {
    const { status, text } = await get('/health')
    assert.equal(status, 200)
    assert.match(text, /^issue: Well: new names are welcome\.$/m)
  })
})

describe('the page while the CA is away', () => {
  it('says so, in its status as well, until an order comes to a certificate again', async (t) => {
    let away = true
    const fail = ({ path }: CaRequest) =>
      away && path.endsWith('/new-order') ? { status: 503, headers: {}, body: {} } : undefined
    const network = await startNetwork({ startCa: countedCa({ before: fail }).startCa, acme: { pollFirstMs: 20 } })
    t.after(() => network.stop())
    const client = await createClient()
    t.after(() => client.stop())
    const health = async () => {
      const answer = await fetch(new URL('/health', network.admin))
      return { status: answer.status, text: await answer.text() }
    }
    await assert.rejects(converse(client.host, network))
    const { status, text } = await health()
    assert.equal(status, 503, text)
    assert.match(text, /^issue: The last order failed \(CA_UNAVAILABLE\): see below\.$/m)
    away = false
    await converse(client.host, network)
    assert.equal((await health()).status, 200)
  })
})

describe('an admin server', () => {
  const report = (changes: Partial<RoleReport>): RoleReport => ({
    ...{
      role: 'issue',
      title: 'Issue server',
      state: { attention: false, sentence: 'Well.' },
      content: NONE,
      figures: [],
    },
    ...changes,
  })
  const serve = (reports: readonly RoleReport[], port = 0) =>
    startAdminServer({
      ...{ zone: 'nt.example.net', dir: tmpdir(), clock: systemClock, log: silentLog },
      ...{ listen: { host: '127.0.0.1', port }, reports: async () => reports },
    })

  it('says 503 where one role wants attention', async (t) => {
    const attention = { attention: true, sentence: 'The CA asked us to wait.' }
    const server = await serve([report({}), report({ role: 'broker', state: attention })])
    t.after(() => server.stop())
    const { status } = await fetch(new URL('/health', server.url))
    assert.equal(status, 503)
    assert.match(await (await fetch(server.url)).text(), /class="state attention"/)
  })

  it('shows what strangers wrote as the text that it is', async (t) => {
    const evil = '<img src=x onerror=alert(1)>"\'&'
    const server = await serve([report({ content: html`<p title="${evil}">${evil}</p>` })])
    t.after(() => server.stop())
    const text = await (await fetch(server.url)).text()
    assert.ok(!text.includes('<img'))
    assert.ok(text.includes('&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;'))
  })

  it('puts the values of roles that count the same thing under one head', () => {
    const of = (role: string) => gauge('lists', 'Lists.', [{ labels: { role }, value: 1 }])
    assert.equal(
      figuresText([of('dns'), gauge('other', 'Other.', undefined), of('broker')]),
      '# HELP lists Lists.\n# TYPE lists gauge\nlists{role="dns"} 1\nlists{role="broker"} 1\n# HELP other Other.\n# TYPE other gauge\n',
    )
  })

  it('that cannot have its port says which', async (t) => {
    const server = await serve([])
    t.after(() => server.stop())
    const { port } = new URL(server.url)
    await assert.rejects(serve([], Number(port)), (error) => {
      assert.ok(error instanceof AdminListenError)
      assert.match(error.message, new RegExp(`127.0.0.1 port ${port} for the operator`))
      return true
    })
  })
})
