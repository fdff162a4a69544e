// Takes out of a text or a tree of data what nobody else should read: keys, tokens, invitations, whole addresses, the name of
// the home folder. It is the second fence, for files that people send around: secrets do not get into what it is given.
import { homedir } from 'node:os'

const REMOVED = '[removed]'

/** Fields whose values go, whatever they are. */
const SECRET_FIELD = /key(pem)?$|^passphrase|password|secret|token|invitation|authorization|backup$/i

const MAX_DEPTH = 12

/** A tree without secrets; strings are redacted too. */
export function redact(value: unknown, home = homedir(), depth = MAX_DEPTH): unknown {
  if (typeof value === 'string') return redactText(value, home)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return REMOVED
  if (Array.isArray(value)) return value.map((item) => redact(item, home, depth - 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const secret = SECRET_FIELD.test(key) && inner !== null
      return [redactText(key, home), secret ? REMOVED : redact(inner, home, depth - 1)]
    }),
  )
}

/** A text without secrets. */
export function redactText(text: string, home = homedir()): string {
  const withoutHome = home.length > 1 ? text.replaceAll(home, '~') : text
  return withoutHome
    .replaceAll(/-----BEGIN [A-Z ]+-----[^]*?(?:-----END [A-Z ]+-----|$)/g, REMOVED)
    .replaceAll(/nodetrust:\/\/\S+/gi, `nodetrust://${REMOVED}`)
    .replaceAll(/\b(bearer[ .]|#t=)[A-Za-z0-9_-]+/gi, `$1${REMOVED}`)
    .replaceAll(/[A-Za-z0-9+/_-]{32,}={0,2}/g, (run) => (isSlashed(run) ? run : shortRun(run)))
    .replaceAll(/[A-Za-z0-9+_-]{32,}={0,2}/g, shortRun)
    .replaceAll(/(?<!\w)(ip4)?(\d{1,3})([.-])(\d{1,3})\3\d{1,3}\3\d{1,3}(?!\w)/g, shortIpv4)
    .replaceAll(/(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/gi, shortIpv6)
    .replaceAll(/(?<![\w-])(?:ip6)?[0-9a-f]{1,4}(?:-{1,2}[0-9a-f]{1,4}){2,7}(?=\.)/gi, shortLabel)
}

/** A path or a multiaddr, not base64: its parts are looked at one by one. */
function isSlashed(run: string): boolean {
  return run.startsWith('/') || /\/(p2p|tcp|tls|ws|udp|ip4|ip6|dns[46]?)\//.test(run)
}

/** Long runs that are no secret: peer ids, labels made of them, fingerprints. Everything else that is long goes. */
function shortRun(run: string): string {
  const peer = /^(p?(?:12D3Koo|16Uiu2HA|Qm)[1-9A-HJ-NP-Za-km-z]{38,48}|[pk][a-z0-9]{45,63}|[0-9a-f]{64})$/.test(run)
  return peer ? run : REMOVED
}

function shortIpv4(whole: string, label: string | undefined, first: string, dash: string, second: string): string {
  if (first === '127' || whole === '0.0.0.0') return whole
  return `${label ?? ''}${[first, second, 'x', 'x'].join(dash)}`
}

function shortIpv6(whole: string): string {
  // a time of day looks like one, and so does the loopback address, which says nothing
  if (/^\d{1,2}:\d{2}:\d{2}$/.test(whole) || whole === '::1' || whole === '::') return whole
  return `${whole.split(':').slice(0, 2).join(':')}:x`
}

function shortLabel(whole: string): string {
  return `${whole.split('-').slice(0, 2).join('-')}-x`
}
