// Events as sentences for a person who watches a terminal: one line for each thing that happened, nothing for repetitions
// and for what only programs care about.
import { plainLine } from '../proto/plain-text.ts'
import type { NodeEventLine } from '../proto/node-events.ts'

/** Makes a teller; it remembers what it said last, so that a repeated broadcast is not told again. */
export function tellsNews(): (line: NodeEventLine) => string | undefined {
  let lastSeq = ''
  return (line) => {
    if (line.event === 'broadcast') {
      if (line.seq === lastSeq) return undefined
      lastSeq = line.seq
    }
    const text = sentence(line)
    return text === undefined ? undefined : plainLine(`${line.at.slice(0, 19).replace('T', ' ')}  ${text}`)
  }
}

/** One event as a sentence; undefined for what only programs care about. */
export function sentence(line: NodeEventLine): string | undefined {
  switch (line.event) {
    case 'started':
      return `Started as ${line.peerId}, listening on ${list(line.addresses)}.`
    case 'step':
      return line.status === 'done' || line.status === 'failed' || line.status === 'progress'
        ? `  ${line.step} ${line.status === 'progress' ? '...' : `${line.status} after ${line.ms} ms`}: ${line.detail}`
        : undefined
    case 'next-forge':
      return `${line.from === null ? '' : `${line.from}: `}${line.message.replace(/\.$/, '')}. Now ${line.to} is asked.`
    case 'certificate':
      return `${line.reused ? 'Using the stored' : 'Got a'} certificate for ${list(line.names)} by ${line.issuer}, good until ${line.notAfter.slice(0, 10)}.`
    case 'wss':
      return `Serving secure WebSockets at ${list(line.addresses)}.`
    case 'broadcast':
      return `Told the network our addresses: ${list(line.addresses)}.`
    case 'discovered':
      return `Learned of ${line.peer} (${line.via}): ${few(line.addresses)}.`
    case 'connected':
      return `Connected to ${line.peer} at ${line.name}, certificate ${line.verified ? 'verified' : 'not verified'}, ping ${line.pingMs} ms.`
    case 'dial-failed':
      return `Could not reach ${line.peer}: ${line.message}`
    case 'failed': {
      const again = line.retryAt === null ? '' : ` Tried again at ${line.retryAt.slice(0, 19).replace('T', ' ')} UTC.`
      return `Problem (${line.code}): ${line.message.replace(/\.$/, '')}. What to do: ${line.nextStep}.${again}`
    }
    case 'handed-over':
      return `The certificate is in ${line.folder}${line.hook === null ? '' : `, and ${line.hook} was run`}.`
    case 'note':
      return `Note: ${line.message}.`
    default:
      return 'Stopped.'
  }
}

/** A stranger may have thirty-two; the first ones say enough. */
const MAX_TOLD_ADDRESSES = 3

function few(texts: readonly string[]): string {
  const more = texts.length - MAX_TOLD_ADDRESSES
  return more > 0 ? `${texts.slice(0, MAX_TOLD_ADDRESSES).join(', ')} and ${more} more` : list(texts)
}

function list(texts: readonly string[]): string {
  return texts.join(', ') || 'nothing'
}
