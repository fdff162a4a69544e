// What init is about to write, for a person to say yes to: each value in words, what comes next, and the same as one command.
import type { InitValues } from './values.ts'
import { isInside, isRehearsal } from './values.ts'

const LABEL_WIDTH = 16

/** All of it. */
export function summaryText(values: InitValues): string {
  const { zone, roles, dir, address, ipv6, email, metrics } = values
  const asks = roles.includes('issue') || roles.includes('broker')
  const isSeen = roles.some((role) => role !== 'ca')
  const rows: readonly (readonly [label: string, text: string | undefined])[] = [
    ['Zone', zone],
    ['Runs here', roles.join(', ')],
    ['Folder', dir],
    ['Address', isSeen ? [address, ...(ipv6 === undefined ? [] : [ipv6])].join(' and ') : undefined],
    ['Certificates', asks ? caText(values.ca) : undefined],
    ['CA writes to', asks ? (email ?? 'nobody') : undefined],
    ['Broker', roles.includes('broker') ? brokerText(values) : undefined],
    ['May use it', roles.includes('broker') ? accessText(values) : undefined],
    ['Figures', metrics === undefined ? undefined : `for Prometheus at ${metrics}, with a token`],
  ]
  const registrar = registrarLines(values)
  return [
    ...rows.flatMap(([label, text]) => (text === undefined ? [] : [`  ${label.padEnd(LABEL_WIDTH)}${text}`])),
    ...(registrar.length === 0
      ? []
      : ['', '  At your registrar you will set:', ...registrar.map((line) => `    ${line}`)]),
    ...['', '  The same without questions:', `    ${commandOf(values)}`],
  ].join('\n')
}

/** The records by which the parent zone hands ours over; none to an address that nobody outside reaches. */
export function registrarLines({ zone, roles, address, ipv6 }: InitValues): readonly string[] {
  if (!roles.includes('dns') || isInside(address)) return []
  const first = address.includes(':') ? 'AAAA' : 'A   '
  const name = `ns1.${zone}.`
  const width = name.length + 2
  return [
    `${`${zone}.`.padEnd(width)}NS    ${name}`,
    `${name.padEnd(width)}${first}  ${address}`,
    ...(ipv6 === undefined || isInside(ipv6) ? [] : [`${name.padEnd(width)}AAAA  ${ipv6}`]),
  ]
}

function caText(ca: string): string {
  if (isRehearsal(ca)) return "of Let's Encrypt's test side, for a rehearsal: no browser trusts them"
  return ca === 'letsencrypt' ? "of Let's Encrypt; you agree to its terms by using it" : `of ${ca}`
}

function brokerText({ brokerHttps, zone }: InitValues): string {
  return brokerHttps ? `https://${zone}, by itself on port 443` : `https://${zone}, behind a reverse proxy of yours`
}

function accessText({ access }: InitValues): string {
  if (access.who === 'everybody') return 'everybody, within limits'
  if (access.who === 'invited') return 'whoever you invite by name'
  return access.peers.length === 1 ? 'one peer' : `${access.peers.length} peers`
}

/** The command line that says the same. */
function commandOf({ roles, zone, dir, address, ipv6, ca, email, brokerHttps, access, metrics }: InitValues): string {
  return [
    ...['nodetrust init', ...roles, `--zone ${zone}`, `--dir ${quoted(dir)}`, `--address ${address}`],
    ...(ipv6 === undefined ? [] : [`--ipv6 ${ipv6}`]),
    ...(ca === 'letsencrypt' ? [] : [`--ca ${quoted(ca)}`]),
    ...(email === undefined ? [] : [`--email ${quoted(email)}`]),
    ...(brokerHttps ? ['--broker-https'] : []),
    ...(access.who === 'invited' ? ['--invited-only'] : []),
    ...(access.who === 'peers' ? [`--allow ${access.peers.join(',')}`] : []),
    ...(metrics === undefined ? [] : [`--metrics ${quoted(metrics)}`]),
  ].join(' ')
}

/** As a shell takes it. */
export function quoted(text: string): string {
  return /^[\w./:@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
