// Pages that a person opens one after another to look around come together, with what is shown where something keeps visitors or
// certificates away: each file packs by itself, and eight small ones are a third larger than one.
export { ActivityView } from '../activity.tsx'
export { AddressesView } from '../addresses.tsx'
export { CertificateView } from '../certificate.tsx'
export { DoctorView } from '../doctor.tsx'
export { RateLimited } from '../home/rate-limited.tsx'
export { Unreachable } from '../home/unreachable.tsx'
export { PracticeView } from '../practice.tsx'
export { ReachabilityView } from '../reachability.tsx'
