// What the sandbox says to people: what stands where and what to try next, or, after one round, what came of it.

import type { FarNode } from './more-nodes.ts'
import type { NameSeen } from './name-step.ts'

export interface Certificate {
  readonly names: readonly string[]
  readonly issuer: string
  readonly notAfter: string
}

/** What the nodes did. */
export interface Report extends NameSeen {
  readonly wss: string
  readonly certificate: Certificate
  readonly dial: { readonly name: string; readonly verified: boolean; readonly pingMs: number }
  readonly discovered: { readonly via: string; readonly certified: boolean }
  /** The certificate that another node got the AutoTLS way. */
  readonly autotls?: Certificate
  /** More nodes, each of which was told of one other alone. */
  readonly far?: readonly FarNode[]
}

/** With the network they did it in. */
export interface Result extends Report {
  readonly zone: string
  readonly dns: string
  readonly acme: string
  readonly root: string
  readonly broker: string
  readonly admin: string
  readonly nostrRelay: string
  readonly invitation: string
  readonly forgeInvitation: string
  readonly steps: readonly { readonly name: string; readonly ms: number }[]
  readonly ms: number
}

const LABEL_WIDTH = 14

/** Rows as text; what does not fit into a terminal's line stays whole, since it is there to be copied. */
function rowsText(rows: readonly (readonly [label: string, value: string])[]): string {
  return rows.map(([label, value]) => `${label.padEnd(LABEL_WIDTH)}${value}`).join('\n')
}

/** While it stands: a short table, and what to try. The invitations are long, and come last. */
export function standingText({ zone, dns, acme, root, broker, admin, dial, ms, ...rest }: Result): string {
  const [host, port] = splitLast(dns)
  return `
A whole network stands on this computer (${(ms / 1_000).toFixed(1)} s).

${rowsText([
  ['Zone', `${zone}: its names exist here alone`],
  ['DNS', dns],
  ['CA', acme],
  ['  its root', root],
  ['Broker', broker],
  ['Operator', admin],
  ['Nostr relay', rest.nostrRelay],
  ['Node A', dial.name],
  ['Node B', `reached it over WSS, certificate verified, ping ${dial.pingMs} ms`],
  ['Its name', `${rest.npub}.nostr`],
  ['', `node B answers it at ${rest.nostrDns}, and the key there is the signed one`],
  ...(rest.far ?? []).map(
    ({ name, through, via }) => [name, `knew ${through} alone, heard of node A by ${via}`] as const,
  ),
])}

Try next
  The operator's page, in a browser:
    ${admin}
  Ask its DNS server:
    dig @${host} -p ${port} ${dial.name}
  Ask node B for node A's name by key:
    dig @${splitLast(rest.nostrDns)[0]} -p ${splitLast(rest.nostrDns)[1]} ${rest.npub}.nostr
  Join with a node of your own, in another terminal:
    nodetrust node --dir=./try --listen.addresses=/ip4/127.0.0.1/tcp/0 \\
      --listen.wss=/ip4/127.0.0.1/tcp/0/tls/ws
  and in a third one:
    nodetrust join --dir=./try --yes 'INVITATION'

Invitation, to the issue server:
${rest.invitation}

Invitation, to the broker (the AutoTLS way):
${rest.forgeInvitation}

Ctrl-C ends all of it. Programs get this as JSON: nodetrust sandbox --json`
}

/** After one round. */
export function humanReport(result: Result): string {
  const [firstName = '', ...otherNames] = result.certificate.names
  const rows: readonly (readonly [string, string])[] = [
    ['zone', result.zone],
    ['names', firstName],
    ...otherNames.map((name) => ['', name] as const),
    ['issued by', result.certificate.issuer],
    ['valid until', result.certificate.notAfter],
    ['heard of by', `${result.discovered.via}${result.discovered.certified ? ', signed by the node itself' : ''}`],
    ['dialled', result.dial.name],
    ['verified', result.dial.verified ? 'yes: name, chain and dates' : 'no'],
    ['ping', `${result.dial.pingMs} ms`],
    ['name by key', `${result.npub}.nostr`],
    ['', `resolved by DNS, ${result.name.address}:${result.name.port}, the key there is the signed one`],
    ...(result.far ?? []).map(
      ({ name, through, via, pingMs }) =>
        [name, `knew ${through} alone, heard of node A by ${via}, ping ${pingMs} ms`] as const,
    ),
    ...(result.autotls?.names ?? []).map((name) => ['by AutoTLS', name] as const),
  ]
  const steps = result.steps.map(({ name, ms }) => `  ${name.padEnd(16)}${String(ms).padStart(6)} ms`)
  return `${rowsText(rows)}\n\n${steps.join('\n')}`
}

function splitLast(hostPort: string): readonly [host: string, port: string] {
  const at = hostPort.lastIndexOf(':')
  return [hostPort.slice(0, at).replace(/^\[|\]$/g, ''), hostPort.slice(at + 1)]
}
