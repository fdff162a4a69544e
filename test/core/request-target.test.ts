// What a request asks for, in every form in which HTTP lets it be written.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readTarget } from '../../core/net/request-target.ts'

const read = (url: string, { method = 'GET', hosts = ['a.example'] }: { method?: string; hosts?: string[] } = {}) =>
  readTarget({ method, url, rawHeaders: ['X', 'y', ...hosts.flatMap((host) => ['HoSt', host])] })

describe('the target of a request', () => {
  for (const [url, host, path, query] of [
    ['/v1/health', 'a.example', '/v1/health', undefined],
    ['/v1/health?', 'a.example', '/v1/health', ''],
    ['/v1/health?a=b?c', 'a.example', '/v1/health', 'a=b?c'],
    ['http://b.example/v1/health', 'b.example', '/v1/health', undefined],
    ['HTTPS://B.example:8443/v1/health?x', 'B.example:8443', '/v1/health', 'x'],
    ['http://b.example', 'b.example', '/', undefined],
    ['http://b.example?x', 'b.example', '/', 'x'],
    ['http://[::1]:80/', '[::1]:80', '/', undefined],
    ['//v1//health', 'a.example', '//v1//health', undefined],
    ['/v1/./x/../health', 'a.example', '/v1/./x/../health', undefined],
    ['/%76%31/%68ealth', 'a.example', '/v1/health', undefined],
    ['/v1%2fhealth', 'a.example', '/v1%2Fhealth', undefined],
    ['/v1/health/', 'a.example', '/v1/health/', undefined],
    ['/', 'a.example', '/', undefined],
    ['//b.example/v1', 'a.example', '//b.example/v1', undefined],
  ] as const)
    it(`B13 ${url} is ${path} of ${host}`, () => assert.deepEqual(read(url), { host, path, query }))

  it('B13 may be a star for OPTIONS alone', () => {
    assert.equal(read('*', { method: 'OPTIONS' })?.path, '*')
    assert.equal(read('*'), undefined)
  })

  for (const url of [
    '',
    'v1/health',
    'a.example:443',
    'ftp://a.example/',
    'http:///v1',
    'http://',
    'http://user@a.example/',
  ])
    it(`is none where it is “${url}”`, () => assert.equal(read(url), undefined))

  it('is none where there are two hosts, or one that is no host', () => {
    assert.equal(read('/', { hosts: ['a.example', 'a.example'] }), undefined)
    for (const host of ['a.example/x', 'a@b', 'a b', 'a.example:123456', 'a,b'])
      assert.equal(read('/', { hosts: [host] }), undefined)
    for (const url of ['http://a@b/', 'http://a.example:123456/', 'http:///v1', 'http://a b/'])
      assert.equal(read(url), undefined, url)
  })

  it('has no host where an old client told none', () => assert.equal(read('/', { hosts: [] })?.host, ''))

  it('is read the same way again, whatever it was', () => {
    fc.assert(
      fc.property(fc.webPath(), (url) => {
        const first = read(`/${url}`)
        assert.ok(first)
        assert.equal(read(first.path)?.path, first.path)
      }),
    )
  })
})
