// Every page but Home and the first question, and what Home needs where all is not well: fetched together when the first of them is opened, since each file
// packs by itself, and a dozen small ones are a third larger than one.
export { ActivityView } from '../activity.tsx'
export { AddressesView } from '../addresses.tsx'
export { CertificateView } from '../certificate.tsx'
export { DoctorView } from '../doctor.tsx'
export { RateLimited } from '../home/rate-limited.tsx'
export { Unreachable } from '../home/unreachable.tsx'
export { InviteDialog } from '../invite.tsx'
export { KeyRescue } from '../key.tsx'
export { PeersView } from '../peers.tsx'
export { PracticeView } from '../practice.tsx'
export { ReachabilityView } from '../reachability.tsx'
export { SettingsView } from '../settings.tsx'
