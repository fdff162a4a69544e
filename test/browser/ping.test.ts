// The promise of the whole system: a browser that nobody configured reaches a node at home. A real Chromium with js-libp2p in
// a page dials a real headless node by its secure address; name, chain and dates are checked by the browser alone, and the
// name is resolved by our DNS role (the browser asks it over HTTPS through a bridge that copies the bytes).
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { peerToId0Label } from '../../proto/names.ts'
import { writeNodeConfig } from '../../servers/sandbox/node-config.ts'
import { type NodeProcess, startNode } from '../../servers/sandbox/node-process.ts'
import { type Chromium, startChromium, type Tab, whyNoChromium } from '../support/chromium.ts'
import { type Site, startSite } from '../support/browser-page/site.ts'
import { startNetwork } from '../support/network.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'
import type { Pinged } from '../support/browser-page/page.ts'

/** Why these tests cannot run here. */
const skip = (await whyNoChromium()) ?? false

async function pingFrom(tab: Tab, address: string): Promise<Pinged> {
  return (await tab.evaluate(`pingNode(${JSON.stringify(address)})`)) as Pinged
}

describe('a browser', () => {
  const running: { stop(): Promise<void> }[] = []
  let network: SandboxNetwork
  let site: Site
  let peer: string
  /** The node's secure address, with its peer id. */
  let address: string

  const own = <Thing extends { stop(): Promise<void> }>(thing: Thing): Thing => {
    running.push(thing)
    return thing
  }

  const openPage = async (roots: readonly string[]): Promise<Tab> => {
    const browser: Chromium = own(await startChromium({ roots: [site.rootPem, ...roots], dohUrl: site.dohUrl }))
    const tab = await browser.open(site.url)
    assert.equal(await tab.evaluate('isSecureContext'), true)
    return tab
  }

  const openTrustingPage = async () => openPage([await readFile(network.root, 'utf8')])

  before(async () => {
    if (skip) return
    network = own(await startNetwork())
    const node: NodeProcess = own(startNode('node', await writeNodeConfig(network, 'home', { connect: 'none' })))
    site = own(await startSite(network.dns))
    const started = await node.next('started')
    const secure = (await node.next('wss')).addresses[0]
    assert.match(secure ?? '', /^\/dns4\/.*\/tls\/ws/)
    peer = started.peerId
    address = `${secure?.replace(/\/p2p\/.*/, '')}/p2p/${peer}`
  })

  after(async () => {
    const failures: unknown[] = []
    for (const thing of running.toReversed()) await thing.stop().catch((error: unknown) => failures.push(error))
    assert.deepEqual(failures, [])
  })

  it('pings the node by its name, which our DNS role resolves', { skip }, async () => {
    const tab = await openTrustingPage()
    const pinged = await pingFrom(tab, address)
    assert.ok(pinged.ok, `${JSON.stringify(pinged)} ${tab.console.join('\n')}`)
    assert.equal(pinged.peer, peer)
    assert.equal(pinged.via, address)
    const name = address.split('/')[2]
    assert.ok(site.asked.includes(`${name} A`), site.asked.join('\n'))
  })

  it('cannot reach the node where the root of its certificate is not trusted', { skip }, async () => {
    const tab = await openPage([])
    const pinged = await pingFrom(tab, address)
    assert.equal(pinged.ok, false)
    assert.match(tab.console.join('\n'), /ERR_CERT_AUTHORITY_INVALID/)
  })

  it('cannot reach the node by a name that resolves to it but belongs to another peer', { skip }, async () => {
    const tab = await openTrustingPage()
    const stranger = peerToId0Label(peerIdFromPrivateKey(await generateKeyPair('Ed25519')))
    const wrong = address.replace(/\.p[a-z0-9]+\./, `.${stranger}.`)
    assert.notEqual(wrong, address)
    const pinged = await pingFrom(tab, wrong)
    assert.equal(pinged.ok, false)
    assert.match(tab.console.join('\n'), /ERR_CERT_COMMON_NAME_INVALID/)
  })
})
