// What a log says, and what it never says.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLog } from '../../core/log.ts'

function collect(): { lines: Record<string, unknown>[]; write(line: string): void } {
  const lines: Record<string, unknown>[] = []
  return { lines, write: (line) => void lines.push(JSON.parse(line)) }
}

describe('a log', () => {
  it('says what happened to whom', () => {
    const to = collect()
    createLog('info', to).child({ role: 'issue' }).info({ peer: '12D3' }, 'issued a certificate')
    assert.equal(to.lines[0]?.['role'], 'issue')
    assert.equal(to.lines[0]?.['peer'], '12D3')
    assert.equal(to.lines[0]?.['msg'], 'issued a certificate')
  })

  it('never says a key, a token or a password, at the top or one level down', () => {
    const to = collect()
    const secret = 'canary-secret'
    createLog('debug', to).info(
      { key: secret, token: secret, account: { privateKey: secret, hmacKey: secret }, password: secret },
      'x',
    )
    assert.doesNotMatch(JSON.stringify(to.lines), /canary-secret/)
  })

  it('keeps below its level quiet', () => {
    const to = collect()
    createLog('warn', to).info({}, 'x')
    assert.deepEqual(to.lines, [])
  })
})
