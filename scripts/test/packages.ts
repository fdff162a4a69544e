// What the suites need from Debian. Where that can be installed it is, elsewhere the reader is told what is therefore left out.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** For each suite its packages, and a program of each by which it is seen to be there (or the path of another file of it). */
const PACKAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'issuance by Pebble, the test CA of Let’s Encrypt': { pebble: 'pebble' },
  'queries by dig': { 'bind9-dnsutils': 'dig' },
  'figures and alerts as Prometheus reads them': { prometheus: 'promtool' },
  'queries by kdig': { 'knot-dnsutils': 'kdig' },
  'what a scanner finds at TLS listeners': { 'testssl.sh': 'testssl' },
  'completion in the shells that people have': { bash: 'bash', zsh: 'zsh', fish: 'fish', 'man-db': 'man' },
  'a browser that pings the node': { chromium: 'chromium', 'libnss3-tools': 'certutil' },
  'keys in a real keychain': {
    'gnome-keyring': 'gnome-keyring-daemon',
    'dbus-daemon': 'dbus-daemon',
    'dbus-bin': 'dbus-send',
    'libsecret-tools': 'secret-tool',
  },
  'the desktop app in a real Electron': {
    xvfb: 'Xvfb',
    openbox: 'openbox',
    xdotool: 'xdotool',
    'x11-utils': 'xprop',
    imagemagick: 'import',
    xclip: 'xclip',
    'libgtk-3-0': '/usr/lib/x86_64-linux-gnu/libgtk-3.so.0',
    'at-spi2-core': '/usr/libexec/at-spi-bus-launcher',
    'gnome-keyring': 'gnome-keyring-daemon',
    'dbus-daemon': 'dbus-daemon',
  },
  'the .deb, installed and removed': {
    lintian: 'lintian',
    'dpkg-dev': 'dpkg-shlibdeps',
    'desktop-file-utils': 'desktop-file-validate',
    'xdg-utils': 'xdg-mime',
    'libglib2.0-bin': 'gio',
    'gtk-update-icon-cache': 'gtk-update-icon-cache',
    'hicolor-icon-theme': '/usr/share/icons/hicolor/index.theme',
    apparmor: 'apparmor_parser',
    'man-db': 'man',
    libnotify4: '/usr/lib/x86_64-linux-gnu/libnotify.so.4',
  },
  'tray, messages and sleep of the desktop app': {
    'python3-dbus': '/usr/lib/python3/dist-packages/dbus/__init__.py',
    'python3-gi': '/usr/lib/python3/dist-packages/gi/__init__.py',
    libnotify4: '/usr/lib/x86_64-linux-gnu/libnotify.so.4',
    wmctrl: 'wmctrl',
    xclip: 'xclip',
    'desktop-file-utils': 'desktop-file-validate',
  },
  'routers and firewalls in network namespaces': {
    iproute2: 'ip',
    nftables: 'nft',
    'miniupnpd-nftables': 'miniupnpd',
  },
  'names in the local network, as avahi finds them': { 'avahi-daemon': 'avahi-daemon', 'avahi-utils': 'avahi-resolve' },
  'who accepts which certificate of a name': { 'gnutls-bin': 'gnutls-cli' },
}

/** Installs what is missing where this is Debian and root's process, and tells what is missing then. */
export function installPackages(tell: (text: string) => void): void {
  const missing = missingPackages()
  if (missing.length === 0) return
  if (isDebian() && process.getuid?.() === 0) {
    const names = [...new Set(missing.map(({ name }) => name))]
    tell(`installing ${names.join(', ')} ...`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const apt = (args: readonly string[]) =>
      spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    apt(['update'])
    apt(['install', '--yes', '--no-install-recommends', ...names])
  }
  for (const { suite, name, program } of missingPackages())
    tell(`not here: ${program} (Debian package ${name}); left out: ${suite}`)
}

function missingPackages(): { readonly suite: string; readonly name: string; readonly program: string }[] {
  return Object.entries(PACKAGES).flatMap(([suite, packages]) =>
    Object.entries(packages)
      .filter(([, program]) => !isHere(program))
      .map(([name, program]) => ({ suite, name, program })),
  )
}

/** @param program  a name that is looked for, or an absolute path */
function isHere(program: string): boolean {
  if (isAbsolute(program)) return existsSync(program)
  const folders = (process.env['PATH'] ?? '').split(process.platform === 'win32' ? ';' : ':')
  return [...folders, '/usr/sbin', '/sbin'].some((folder) => folder !== '' && existsSync(join(folder, program)))
}

function isDebian(): boolean {
  return existsSync('/etc/os-release') && /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
}
