// The script of the web page of an invitation. It is put into that page as it is (scripts/generate-join.ts): reads the fragment, which no
// browser sends, and fills the page in with it as text alone. It asks nobody and keeps nothing.
import { glanceAt, type Glance } from '../../proto/invited-glance.ts'
import { JOIN_TEXTS, type JoinKey } from '../../proto/text/join.ts'

/** What stands behind the download's address for which system. */
const SYSTEMS = { linux: 'Linux', mac: 'macOS', windows: 'Windows' } as const

const language = navigator.languages.some((tag) => /^(?:de|en)\b/i.test(tag))
  ? navigator.languages
      .find((tag) => /^(?:de|en)\b/i.test(tag))
      ?.slice(0, 2)
      .toLowerCase() === 'de'
    ? 'de'
    : 'en'
  : 'en'

function say(key: JoinKey, values: Readonly<Record<string, string>> = {}): string {
  return JOIN_TEXTS[language][key].replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
}

function place(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page lacks ${id}`)
  return found
}

function write(id: string, text: string): void {
  place(id).textContent = text
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function systemOf(agent: string): keyof typeof SYSTEMS | 'phone' | undefined {
  if (/Android|iPhone|iPad/i.test(agent)) return 'phone'
  if (/Windows/i.test(agent)) return 'windows'
  if (/Mac OS X|Macintosh/i.test(agent)) return 'mac'
  return /Linux|X11/i.test(agent) ? 'linux' : undefined
}

function offerApp(): void {
  const system = systemOf(navigator.userAgent)
  const link = place('get')
  const to = link.dataset['download'] ?? ''
  write('app-title', say('app.title'))
  link.hidden = to === '' || system === 'phone'
  const name = system === undefined || system === 'phone' ? say('app.other') : SYSTEMS[system]
  link.textContent = say('app.get', { system: name })
  if (link instanceof HTMLAnchorElement && !link.hidden) link.href = to.replaceAll('{system}', system ?? '')
  write('app-say', system === 'phone' ? say('app.phone') : to === '' ? say('app.ask', { system: name }) : '')
}

function showWhole({ name, zone, server, link, isPersonal }: Extract<Glance, { kind: 'whole' }>): void {
  write('head', say('invited', { name }))
  write('say', say('say'))
  const words = { from: name, names: say('names.value', { zone }), server }
  for (const [key, value] of Object.entries(words)) {
    write(`${key}-name`, say(key as 'from' | 'names' | 'server'))
    write(`${key}-value`, value)
  }
  write('personal', say('personal'))
  place('personal').hidden = !isPersonal
  write('learns', say('learns'))
  write('learns-say', say('learns.say'))
  const open = place('open')
  open.textContent = say('open')
  if (open instanceof HTMLAnchorElement) open.href = link
  write('open-say', say('open.say'))
  write('care', say('care'))
  write('copy', say('copy'))
  write('link', link)
  const button = place('copy-button')
  button.textContent = say('copy.button')
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(link).then(
      () => void (button.textContent = say('copy.done')),
      () => getSelection()?.selectAllChildren(place('link')),
    )
  })
  offerApp()
  for (const id of ['facts', 'act']) place(id).hidden = false
}

async function show(): Promise<void> {
  const glance = await glanceAt(location.hash, sha256)
  document.documentElement.lang = language
  document.title = say('title')
  place('main').dataset['kind'] = glance.kind
  for (const id of ['facts', 'act']) place(id).hidden = true
  if (glance.kind === 'whole') return showWhole(glance)
  write('head', say(glance.kind))
  write('say', say(`${glance.kind}.say`))
}

// another link in the same tab changes the fragment alone
addEventListener('hashchange', () => location.reload())
void show()
