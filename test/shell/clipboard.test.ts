// The look into the clipboard: only an invitation comes out of it, and only where the system does not have to ask a person.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { invitationInClipboard } from '../../main/shell/clipboard-invitation.ts'
import { PUBLIC_INVITATION } from '../../main/issuers/autotls/forge.ts'
import { INVITATION } from '../api/support.ts'

function machine(text: string, platform: NodeJS.Platform = 'linux') {
  let reads = 0
  const readClipboard = async () => {
    reads += 1
    return text
  }
  return { platform, readClipboard, reads: () => reads }
}

describe('S26 the clipboard', () => {
  test('gives an invitation, without what stands around it', async () => {
    assert.equal(await invitationInClipboard(machine(INVITATION), false), INVITATION)
    const mail = `Dear Ann, my password is hunter2.\n\n<${INVITATION}>\n\nYours, Bob`
    assert.equal(await invitationInClipboard(machine(mail), false), INVITATION)
    const forge = await invitationInClipboard(machine('https://registration.libp2p.direct'), false)
    assert.equal(forge, PUBLIC_INVITATION)
  })

  test('gives nothing of anything else', async () => {
    for (const text of [
      ...['', ' ', 'hunter2', 'https://example.org/', 'nodetrust://reset/now', 'nodetrust://join/', '\0\uFFFF\uD800'],
      ...[`${INVITATION}&run=x`, `${INVITATION} ${INVITATION.replace('nt.', 'other.')}`],
      ...['x'.repeat(1_048_576), `${INVITATION}\n${'x'.repeat(1_048_576)}`, `${' '.repeat(7_000)}${INVITATION}`],
    ]) {
      assert.equal(await invitationInClipboard(machine(text), true), undefined, text.slice(0, 80))
    }
  })

  test('is read on macOS by a click alone', async () => {
    const mac = machine(INVITATION, 'darwin')
    assert.equal(await invitationInClipboard(mac, false), undefined)
    assert.equal(mac.reads(), 0)
    assert.equal(await invitationInClipboard(mac, true), INVITATION)
  })
})
