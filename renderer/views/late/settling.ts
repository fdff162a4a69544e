// Settings, and what rescues a key: both can restore a backup.
export { KeyRescue } from '../key.tsx'
export { SettingsView } from '../settings.tsx'
