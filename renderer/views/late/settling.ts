// What a person settles: the network, the settings, and what rescues a key. All of them have fields to fill in, and two can restore a
// backup.
export { KeyRescue } from '../key.tsx'
export { NetworkView } from '../network.tsx'
export { SettingsView } from '../settings.tsx'
