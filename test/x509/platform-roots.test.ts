// Whether browsers trust a chain by themselves is read from the chain, and from nothing that somebody says about it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as tls from 'node:tls'
import { trustJudge } from '../../core/x509/index.ts'
import { makeBundle, testAuthority } from '../main/support.ts'

test('A10 a chain is trusted where it leads to a root that is given, link by link', async () => {
  const authority = await testAuthority()
  const other = await testAuthority()
  const { chainPem } = await makeBundle({ authority, names: ['a.example.net'] })
  assert.equal(trustJudge(() => [authority.rootPem])(chainPem), true)
  assert.equal(trustJudge(() => [other.rootPem])(chainPem), false, 'another root of the same name')
  const [leaf = ''] = chainPem.split(/(?<=-----END CERTIFICATE-----\n)/)
  assert.equal(trustJudge(() => [authority.rootPem])(`${leaf}${other.rootPem}`), false, 'a root that came along')
})

test('A10 a chain of an authority of one’s own is not trusted by the platform, nor is what is no chain', async () => {
  const { chainPem } = await makeBundle({ authority: await testAuthority(), names: ['a.example.net'] })
  const judge = trustJudge()
  assert.equal(judge(chainPem), false)
  assert.equal(judge(''), false)
  assert.equal(judge('nonsense'), false)
})

test('A10 a root of the platform is trusted by it', () => {
  const [root = ''] = tls.rootCertificates
  assert.equal(trustJudge()(root), true)
})
