// What a person settles: the network, the peers, the settings, and what rescues a key. All of them have fields to fill in.
export { KeyRescue } from '../key.tsx'
export { NetworkView } from '../network.tsx'
export { PeersView } from '../peers.tsx'
export { SettingsView } from '../settings.tsx'
