// The suite of the window in a browser: a real headless node behind its page on 127.0.0.1.
import { bridgeHosts } from './hosts/bridge.ts'
import { tell } from './suite.ts'

tell('bridge', async () => bridgeHosts())
