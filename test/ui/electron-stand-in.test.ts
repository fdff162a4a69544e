// The suite of the window in the desktop app, with a stand-in for Electron below the real adapter and preload bundle.
import { standInHosts } from './hosts/stand-in.ts'
import { tell } from './suite.ts'

tell('electron-stand-in', async () => standInHosts())
