// What a person reads of a failure whose reason js-libp2p tells by an event.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamCloseEvent } from '@libp2p/interface'
import { reasonOf } from '../../core/net/reason.ts'

test('B14 a connection that closes under a request is told in words, not as an object', () => {
  assert.equal(reasonOf(new Event('close')), 'the connection was closed')
  assert.equal(reasonOf(new StreamCloseEvent(true, new Error('reset by the other side'))), 'reset by the other side')
  assert.equal(reasonOf(new Error('no answer')), 'no answer')
  assert.equal(reasonOf('text'), 'text')
})
