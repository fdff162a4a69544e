// English words of the tray, the menus, the system's messages and questions. Short sentences, present tense; the same words
// as in the window where it says the same.
import type { Messages } from './format.ts'

export const shellEn = {
  // the first line of the tray's menu, one for each state of life
  'state.starting': 'Starting',
  'state.no-network': 'No network chosen yet',
  'state.idle': 'No certificate yet',
  'state.working': 'Getting your certificate',
  'state.serving': 'Browsers trust this computer',
  'state.renewing': 'Browsers trust this computer',
  'state.renewal-failed': 'Browsers trust this computer',
  'state.expired': 'The certificate has expired',
  'state.unreachable': 'Others cannot reach this computer',
  'state.rate-limited': 'We have to wait',
  'state.rate-limited-until': 'We have to wait until {when}',
  'state.refused': 'The network said no',
  'state.offline': 'No internet at the moment',
  'state.key-locked': 'Your password store is locked',
  'state.failed': 'No certificate yet: something went wrong',
  'state.not-running': 'Nodetrust is not running',
  'state.serving-test': 'A test certificate is in use',

  // the second line
  'detail.step': 'Step {step} of {count}',
  'detail.renews-days': { one: 'Renews in about {count} day', other: 'Renews in about {count} days' },
  'detail.renews-hours': { one: 'Renews in about {count} hour', other: 'Renews in about {count} hours' },
  'detail.renewing': 'Renewing just now',
  'detail.left-days': { one: '{count} day is left', other: '{count} days are left' },
  'detail.left-hours': { one: '{count} hour is left', other: '{count} hours are left' },
  'detail.left-and-try': '{left}; next try {when}',
  'detail.next-try': 'Next try {when}',
  'detail.looks-again': 'Looks again {when}',
  'detail.nothing-to-do': 'You need to do nothing',
  'detail.refused': 'Ask whoever invited you',
  'detail.offline': 'We go on when the connection is back',
  'detail.key-locked': 'Unlock it, and all goes on',
  'detail.not-running': 'The window says why',

  // why nobody gets through
  'reason.no-public-address': 'The internet knows no address of this computer',
  'reason.carrier-nat': 'Your provider lets many homes share one address',
  'reason.router-refused': 'Your router does not let visitors in',
  'reason.no-router-control': 'Your router does not let visitors in',
  'reason.port-taken': 'Another program already uses the door',
  'reason.firewall': 'A firewall on this computer turns visitors away',
  'reason.offline': 'No internet at the moment',

  // times inside a sentence
  'when.today': 'at {time}',
  'when.weekday': 'on {day} at {time}',
  'when.date': 'on {date}',
  'until.today': '{time}',
  'until.weekday': '{day}',
  'until.date': '{date}',

  // commands
  'command.open': 'Open Nodetrust',
  'command.get': 'Get certificate',
  'command.cancel': 'Cancel',
  'command.try': 'Try now',
  'command.check': 'Check now',
  'command.what': 'What can I do?',
  'command.choose-network': 'Choose a network',
  'command.other-network': 'Use another network',
  'command.unlock': 'Unlock',
  'command.copy': 'Copy address',
  'command.test': 'Test from a browser',
  'command.browser': 'Open in a browser',
  'command.settings': 'Settings',
  'command.quit': 'Quit Nodetrust',
  'command.quit-serving': 'Quit Nodetrust and stop serving',
  'command.quit-working': 'Quit Nodetrust and stop the work',

  // the menu bar of macOS
  'menu.edit': 'Edit',
  'menu.window': 'Window',
  'menu.hide': 'Hide Nodetrust',
  'menu.hideOthers': 'Hide others',
  'menu.unhide': 'Show all',
  'menu.undo': 'Undo',
  'menu.redo': 'Redo',
  'menu.cut': 'Cut',
  'menu.copy': 'Copy',
  'menu.paste': 'Paste',
  'menu.selectAll': 'Select all',
  'menu.minimize': 'Minimise',
  'menu.close': 'Close window',

  // messages of the system
  'note.first.title': 'Browsers trust this computer',
  'note.first.body': 'The certificate is there, and it renews by itself. You can forget this app.',
  'note.first-test.title': 'The test certificate is there',
  'note.first-test.body': 'Only this network trusts it. Everything else works as it will later.',
  'note.renewal-failing.title': 'Renewing has not worked yet',
  'note.renewal-failing.body': {
    one: '{count} day is left. We keep trying; a look at the window may help.',
    other: '{count} days are left. We keep trying; a look at the window may help.',
  },
  'note.expiry-near.title': 'The certificate expires soon',
  'note.expiry-near.body': {
    one: 'Within {count} day browsers stay away from this computer. The window says what stands in the way.',
    other: 'Within {count} days browsers stay away from this computer. The window says what stands in the way.',
  },
  'note.expired.title': 'The certificate has expired',
  'note.expired.body': 'Browsers stay away until it is renewed. The window says what stands in the way.',
  'note.key-locked.title': 'Your password store is locked',
  'note.key-locked.body': 'Nodetrust keeps its key there. Unlock it, and all goes on where it stopped.',
  'note.bad-link.title': 'This link is no invitation',
  'note.bad-link.body': 'It was not followed. Ask whoever sent it for a new one.',
  'ask.code.message': 'A page in your browser asks: {code}',
  'ask.code.title': 'A page in your browser asks',
  'ask.code.close': 'Close',
  'ask.code.detail': 'Type this number there only if you asked for it yourself: {what}',

  // questions
  'ask.close.title': 'Keep Nodetrust running?',
  'ask.close.message': 'Keep Nodetrust running without its window?',
  'ask.close.detail':
    'This desktop shows no tray icon. If it keeps running, others still get through; start Nodetrust again to see its window.',
  'ask.close.keep': 'Keep running',
  'ask.close.quit': 'Quit',
  'ask.gone.title': 'The window has stopped',
  'ask.gone.message': 'The window has stopped several times',
  'ask.gone.detail': 'The work goes on without it. You can load it once more, or leave it closed and open it later.',
  'ask.gone.reload': 'Load it again',
  'ask.gone.leave': 'Leave it closed',
  'ask.hangs.title': 'The window does not answer',
  'ask.hangs.message': 'The window does not answer',
  'ask.hangs.detail': 'The work goes on without it. You can wait, or load the window anew.',
  'ask.hangs.wait': 'Wait',
  'ask.confirm.title': 'Are you sure?',
  'ask.confirm.cancel': 'Cancel',
  'ask.export-identity.message': 'Save a copy of this computer’s identity?',
  'ask.export-identity.detail':
    'Whoever has the file and its passphrase can pass for this computer. Keep it where only you get at it.',
  'ask.export-identity.do': 'Save a copy',
  'ask.import-identity.message': 'Replace this computer’s identity?',
  'ask.import-identity.detail':
    'It takes the name and the key of the copy. The present identity is kept aside, but others no longer find this computer under its name.',
  'ask.import-identity.do': 'Replace',
  'ask.reset.message': 'Delete everything Nodetrust has stored?',
  'ask.reset.detail': 'Settings, certificate and history are gone for good, and the identity too if you chose so.',
  'ask.reset.do': 'Delete',
  'what.export-identity': 'save a copy of the identity',
  'what.import-identity': 'replace the identity',
  'what.reset': 'delete everything',

  // where the app cannot start
  'fatal.title': 'Nodetrust cannot start',
} as const satisfies Messages

export type ShellKey = keyof typeof shellEn
