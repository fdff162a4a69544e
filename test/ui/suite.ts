// One suite for all hosts: every story is told on each of them, and each ends with a count, so that a spec that was left out
// somewhere is a failure unless its reason stands here.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openAuthority } from '../../servers/ca/authority.ts'
import { systemClock } from '../../core/clock.ts'
import { buildPreload, buildRenderer, buildTarget } from '../../scripts/build.ts'
import { whyNoChromium } from '../support/chromium.ts'
import { startBrowser, type UiBrowser } from './hosts/browser.ts'
import { newcomer, practice } from './specs/newcomer.ts'
import { forge } from './specs/forge.ts'
import { uninvited } from './specs/uninvited.ts'
import { browserForm } from './specs/browser-form.ts'
import { leaving } from './specs/leaving.ts'
import { names } from './specs/names.ts'
import { peers } from './specs/peers.ts'
import { causes } from './specs/causes.ts'
import { orders } from './specs/orders.ts'
import { shortLife } from './specs/short-life.ts'
import { lockedKey } from './specs/locked-key.ts'
import { posedStates } from './specs/posed.ts'
import { openStage, type OpenStage, type Story } from './story.ts'
import type { HostKind, Hosts } from './hosts/host.ts'
import { writeFile } from 'node:fs/promises'

/** Every story there is. */
export const STORIES: readonly Story[] = [
  newcomer,
  uninvited,
  practice,
  orders,
  causes,
  leaving,
  peers,
  names,
  browserForm,
  forge,
  shortLife,
  lockedKey,
  posedStates,
]

const NO_TRAY = 'a browser has no tray, no notifications and does not hear of sleep'
const ONE_PROCESS = 'the stand-in runs in the test’s own process, which cannot be killed'
const NOT_IN_A_BROWSER = 'the desktop app has a tray, a window and ways of its own to quit'
const POSED =
  'the app in Electron has its own program in it, whose facts nobody can set; the page and the adapter are those of the stand-in'

/** Specs that a host does not run, and why. */
export const EXCEPTIONS: Readonly<Record<HostKind, Readonly<Record<string, string>>>> = {
  bridge: {
    'the tray says what the window says, and its commands are the same': NO_TRAY,
    'the desktop app has no page for browsers before somebody opens one': 'the page of a headless node is on',
    'a page whose process dies is loaded again, and finds all as it was': 'no shell watches over a tab of a browser',
    'a machine that wakes up has everything looked at': NO_TRAY,
    'an invitation that was just copied is the answer that is chosen':
      'a page in a browser reads the clipboard by a press alone, see test/page',
  },
  'electron-stand-in': {
    ...Object.fromEntries(browserForm.specs.map(({ title }) => [title, NOT_IN_A_BROWSER])),
    'a page whose node was killed says so, and goes on by itself with the next one': ONE_PROCESS,
    'a locked keyring is told, and all goes on once it is open':
      'the keychain library reads the address of the bus once for each process, and the test’s own has another',
  },
  electron: {
    ...Object.fromEntries(browserForm.specs.map(({ title }) => [title, NOT_IN_A_BROWSER])),
    'a page whose node was killed says so, and goes on by itself with the next one':
      'page and node end together there; test/desktop kills the app and starts it again',
    'the tray says what the window says, and its commands are the same':
      'the tray is on the bus, where test/desktop looks at it',
    ...Object.fromEntries(posedStates.specs.map(({ title }) => [title, POSED])),
  },
}

/**
 * Tells every story on one kind of host.
 *
 * @param whyNot  why none can be told here
 * @param more  specs that this machine's host cannot run, and why, beside those that none of its kind can
 */
export function tell(
  kind: HostKind,
  makeHosts: () => Promise<Hosts>,
  whyNot?: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const exceptions = { ...EXCEPTIONS[kind], ...more }
  if (whyNot !== undefined) {
    it(`the suite of ${kind}`, (t) => t.skip(whyNot))
    return
  }
  const ran = new Set<string>()
  const left = new Set<string>()
  describe(kind, { concurrency: 1 }, () => {
    let hosts: Hosts | undefined
    let browser: UiBrowser | undefined
    let caDir: string
    let why: string | undefined

    before(async () => {
      why = await whyNoChromium()
      if (why !== undefined) return
      await Promise.all([buildRenderer(), buildPreload(), buildTarget('servers')])
      caDir = await mkdtemp(join(tmpdir(), 'nodetrust-ui-ca-'))
      // an app that is another person's reads the root, too; the key is for its owner alone
      await chmod(caDir, 0o755)
      const { rootPem } = await openAuthority({ dir: caDir, clock: systemClock })
      const rootPath = join(caDir, 'root-to-trust.pem')
      await writeFile(rootPath, rootPem)
      browser = await startBrowser(rootPath)
      hosts = await makeHosts()
    })

    after(async () => {
      await browser?.stop()
      await hosts?.stop()
      if (caDir) await rm(caDir, { recursive: true, force: true, maxRetries: 5 })
    })

    for (const story of STORIES) {
      const specs = story.specs.filter(({ title }) => !Object.hasOwn(exceptions, title))
      if (specs.length === 0) continue
      describe(story.name, () => {
        let stage: OpenStage | undefined
        let reason: string | undefined
        before(async () => {
          reason = why ?? (await story.whyNot?.())
          if (reason === undefined && browser && hosts) stage = openStage(hosts, browser, caDir)
        })
        after(async () => {
          await stage?.end()
          assert.deepEqual(stage?.troubles.filter((text) => !isExpected(text)) ?? [], [], 'errors of the pages')
        })
        for (const spec of specs) {
          it(spec.title, async (t) => {
            if (!stage) {
              left.add(spec.title)
              return t.skip(reason ?? 'the browser did not start')
            }
            try {
              await spec.run(stage)
              ran.add(spec.title)
            } catch (error) {
              await picture(stage, `${kind} ${spec.title}`)
              throw error
            }
          })
        }
      })
    }

    it('ran every spec but those that are listed with a reason', () => {
      const all = STORIES.flatMap(({ specs }) => specs.map(({ title }) => title))
      assert.equal(new Set(all).size, all.length, 'no two specs have one title')
      const unexplained = all.filter(
        (title) => !ran.has(title) && !left.has(title) && !Object.hasOwn(exceptions, title),
      )
      assert.deepEqual(unexplained, [])
      const unknown = Object.keys(exceptions).filter((title) => !all.includes(title))
      assert.deepEqual(unknown, [], 'exceptions for specs that do not exist')
    })
  })
}

/** A picture of what a failed spec saw, in the folder that the variable names. */
async function picture(stage: OpenStage, title: string): Promise<void> {
  const folder = process.env['UI_PICTURES']
  if (!folder) return
  try {
    await stage
      .app()
      .page()
      .screenshot({ path: join(folder, `${title.replaceAll(/\W+/g, '-')}.png`) })
  } catch {
    // there is no page
  }
}

/** A browser writes each connection that did not come about; the specs that end a node cause some. */
function isExpected(text: string): boolean {
  return /WebSocket connection to|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|status of (401|429)|ERR_SOCKET_NOT_CONNECTED/.test(
    text,
  )
}
