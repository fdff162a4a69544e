// Pages that a person opens one after another to look around come together: each file packs by itself, and four small ones are a
// third larger than one.
export { ActivityView } from '../activity.tsx'
export { AddressesView } from '../addresses.tsx'
export { CertificateView } from '../certificate.tsx'
export { PeersView } from '../peers.tsx'
export { PracticeView } from '../practice.tsx'
