// What is shown where something keeps visitors or certificates away.
export { DoctorView } from '../doctor.tsx'
export { RateLimited } from '../home/rate-limited.tsx'
export { Unreachable } from '../home/unreachable.tsx'
export { ReachabilityView } from '../reachability.tsx'
