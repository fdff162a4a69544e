// Whether the world is led to our DNS servers: what the zone above says of them, of where they are, and of signatures.
import { configuredServers, linesOf, type HostCheck } from './look.ts'

/** Who serves the zone. */
export const checkDelegation: HostCheck = async ({ config, referral }) => {
  const line = linesOf('delegation', 'Delegation')
  const { zone } = config
  const wanted = configuredServers(config).map(({ name }) => name)
  const told = await referral
  if (!told)
    return [
      line(
        'unknown',
        `The zone above ${zone} could not be asked.`,
        'Look whether this machine’s resolver works and may ask servers elsewhere; else look again later.',
      ),
    ]
  const records = wanted.map((name) => `${zone} NS ${name}`).join(', ')
  if (told.servers.length === 0) {
    return [
      line(
        'bad',
        `${told.parent} leads nowhere for ${zone}.`,
        `Enter at ${told.parent}: ${records || `${zone} NS, your DNS server`}`,
      ),
    ]
  }
  const missing = wanted.filter((name) => !told.servers.includes(name))
  const other = wanted.length === 0 ? [] : told.servers.filter((name) => !wanted.includes(name))
  if (missing.length > 0)
    return [line('bad', `${told.parent} does not name ${missing.join(', ')}.`, `Enter at ${told.parent}: ${records}`)]
  if (other.length > 0) {
    return [
      line(
        'bad',
        `${told.parent} names ${other.join(', ')}, which the configuration does not know.`,
        `Take it out at ${told.parent}, or add it to dns.nameServers.`,
      ),
    ]
  }
  return [line('good', `${told.parent} leads to ${told.servers.join(', ')}.`)]
}

/** Where they are: a server inside its own zone is found by what the zone above tells alone. */
export const checkGlue: HostCheck = async ({ config, referral }) => {
  const line = linesOf('glue', 'Glue')
  const told = await referral
  if (!told || told.servers.length === 0) return [line('unknown', 'There is no delegation to look at.')]
  const inside = configuredServers(config).filter(
    ({ name }) => name === config.zone || name.endsWith(`.${config.zone}`),
  )
  if (inside.length === 0) return [line('good', 'The servers have names outside the zone: none is needed.')]
  for (const { name, ips } of inside) {
    const glue = told.glue.get(name) ?? []
    const records = ips.map((ip) => `${name} ${ip.includes(':') ? 'AAAA' : 'A'} ${ip}`).join(', ')
    if (glue.length === 0)
      return [line('bad', `${told.parent} does not say where ${name} is.`, `Enter at ${told.parent}: ${records}`)]
    const wrong = glue.filter((ip) => !ips.includes(ip))
    if (wrong.length > 0)
      return [
        line(
          'bad',
          `${told.parent} says that ${name} is at ${wrong.join(', ')}; the configuration says ${ips.join(', ')}.`,
          `Enter at ${told.parent}: ${records}`,
        ),
      ]
    // an address that is told by nobody is one that nobody asks
    const untold = ips.filter((ip) => !glue.includes(ip))
    if (untold.length > 0)
      return [
        line(
          'warning',
          `${told.parent} does not tell ${untold.join(', ')} of ${name}.`,
          `Enter at ${told.parent}: ${records}`,
        ),
      ]
  }
  return [line('good', `${inside.map(({ name, ips }) => `${name} is at ${ips.join(', ')}`).join('; ')}.`)]
}

/** Signatures: this zone has none, so nobody may say that it has. */
export const checkDs: HostCheck = async ({ config, referral }) => {
  const line = linesOf('ds', 'DS')
  const told = await referral
  if (!told) return [line('unknown', 'The zone above could not be asked.')]
  if (told.signed) {
    return [
      line(
        'bad',
        `${told.parent} says that ${config.zone} is signed, which it is not: resolvers that look, and CAs, refuse it.`,
        `Remove the DS record of ${config.zone} at ${told.parent}.`,
      ),
    ]
  }
  return [line('good', 'There is none, as it should be: the zone is not signed.')]
}
