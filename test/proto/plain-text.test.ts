// What strangers wrote, shown: nothing of it can do more than be read.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { AcmeProblem, readProblem } from '../../core/acme/errors.ts'
import { plainText } from '../../proto/plain-text.ts'

describe('text of strangers', () => {
  for (const [given, shown] of [
    ['\u001b[2J\u001b]0;title\u0007gone', '[2J ]0;title gone'],
    ['one\r\ntwo\tthree\u2028four', 'one two three four'],
    ['\u202eevil\u202c and \u200bhidden', 'evil  and  hidden'],
    ['für Anna: 你好 — ok', 'für Anna: 你好 — ok'],
  ] as const)
    it(`is shown as ${JSON.stringify(shown)}`, () => assert.equal(plainText(given), shown))

  it('has no control or format character whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(plainText(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
    )
  })

  it('is shown so where a CA explains a refusal, in the problem and in its parts', () => {
    const evil = '\u001b[31mno\r\n'
    const body = {
      type: 'urn:ietf:params:acme:error:malformed',
      detail: evil,
      subproblems: [{ type: evil, detail: evil }],
    }
    const problem = readProblem(body, 400)
    assert.deepEqual([problem.detail, problem.subproblems[0]?.detail], ['[31mno', '[31mno'])
    assert.ok(!new AcmeProblem(problem, 'https://ca.example/').message.includes('\u001b'))
    assert.ok(!readProblem(`<html>${evil}`, 502).detail.includes('\u001b'))
  })
})
