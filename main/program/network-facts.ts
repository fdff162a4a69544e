// Which network the program is in, as the page gets it: the one that the configuration names, or the one that a person chose.
import { multiaddr } from '@multiformats/multiaddr'
import { directoryUrl, isTestDirectory } from '../../core/acme/directories.ts'
import { parseKeptInvitation } from '../../proto/invitation.ts'
import { zoneOfName } from '../../proto/names.ts'
import { isForTests } from '../settings/layer.ts'
import type { State } from '../../proto/api/index.ts'
import type { NodeConfig } from '../settings/config.ts'
import type { ChosenNetwork } from '../settings/store.ts'

/** Which network it is; null where none was chosen. */
type Choice = State['network']['choice']

/** More are asked, and not listed. */
const MAX_FORGES = 20

/**
 * The network that the configuration names.
 *
 * @param names  those of the certificate, which alone say below which zone they are; none without one
 */
export function configuredChoice(
  { issue, autotls, trustAnchor }: NodeConfig['network'],
  names: readonly string[],
): Choice {
  const host = issue[0] === undefined ? undefined : multiaddr(issue[0]).getComponents()[0]?.value
  const forges = autotls?.forges.map(({ domain }) => domain) ?? []
  const anchors = [trustAnchor, ...(autotls?.forges ?? []).map((forge) => forge.trustAnchor)]
  const isStaging = autotls?.forges.some(({ directory }) => isTestDirectory(directoryUrl(directory))) === true
  const name = names.find((one) => !one.startsWith('*.')) ?? names[0]
  return {
    ...{ kind: 'configured', name: host ?? forges[0] ?? '', zone: name === undefined ? null : zoneOfName(name) },
    ...{ issue: issue.length > 0, forges: forges.slice(0, MAX_FORGES) },
    test: isStaging || anchors.some((anchor) => anchor !== undefined),
  }
}

/**
 * The network that a person chose.
 *
 * @param sandboxInvitation  that of the practice network; undefined where it does not run yet
 */
export function chosenChoice(chosen: ChosenNetwork | null, sandboxInvitation: string | undefined): Choice {
  if (chosen === null) return null
  const text = chosen.kind === 'joined' ? chosen.invitation : sandboxInvitation
  const joined = text === undefined ? undefined : parseKeptInvitation(text)
  const { name, zone, ...ways } = joined ?? { name: 'Sandbox', zone: null, issue: [] }
  const forges = 'broker' in ways && ways.broker !== undefined && zone !== null ? [zone] : []
  const test = joined === undefined || isForTests(joined)
  return { kind: chosen.kind, name, zone, issue: ways.issue.length > 0, forges, test }
}
