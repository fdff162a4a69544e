// Which network the program is in, as the page gets it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chosenChoice, configuredChoice } from '../../main/program/network-facts.ts'

const SERVER = '/dns4/issue.example.org/tcp/4001/p2p/12D3KooWAJrBzQSAp9kM3s1iuLpVvnCGpYcSpNbGbvCgwkZEyB8x'
const NOTHING = { issue: [], resolver: undefined, public: '', trustAnchor: undefined, autotls: undefined }

const forge = (domain: string, more: { trustAnchor?: string; directory?: string } = {}) => ({
  ...{ domain, broker: `https://broker.${domain}`, directory: 'https://ca.example/directory', ...more },
})
const autotls = (...forges: readonly ReturnType<typeof forge>[]) => ({
  forges,
  addressClasses: [],
  ips: [],
  announce: 'short',
})
const network = (parts: object) => ({ ...NOTHING, ...parts }) as unknown as Parameters<typeof configuredChoice>[0]

describe('the network that the configuration names', () => {
  test('is called by its server, and its zone is the one of the certificate', () => {
    assert.deepEqual(configuredChoice(network({ issue: [SERVER] }), ['*.pabc.example.org', 'pabc.example.org']), {
      ...{ kind: 'configured', name: 'issue.example.org', zone: 'example.org', issue: true, forges: [], test: false },
    })
  })

  test('has no zone before there is a certificate', () => {
    assert.equal(configuredChoice(network({ issue: [SERVER] }), [])?.zone, null)
  })

  test('is called by its first forge where it has no server; twenty are listed', () => {
    const many = Array.from({ length: 30 }, (_, index) => forge(`forge${index}.example`))
    const choice = configuredChoice(network({ autotls: autotls(...many) }), [])
    assert.equal(choice?.name, 'forge0.example')
    assert.equal(choice?.issue, false)
    assert.equal(choice?.forges.length, 20)
  })

  for (const [why, parts] of [
    ['has a root of its own', { issue: [SERVER], trustAnchor: '/root.pem' }],
    [
      'has a forge with a root of its own',
      { autotls: autotls(forge('a.example'), forge('b.example', { trustAnchor: '/root.pem' })) },
    ],
    ['asks a CA for tests', { autotls: autotls(forge('a.example', { directory: 'staging' })) }],
  ] as const) {
    test(`is one for tests where it ${why}`, () => {
      assert.equal(configuredChoice(network(parts), [])?.test, true)
    })
  }
})

describe('the network that a person chose', () => {
  test('is none at first', () => {
    assert.equal(chosenChoice(null, undefined), null)
  })

  test('is the practice network also before that runs', () => {
    assert.deepEqual(chosenChoice({ kind: 'sandbox', way: 'network' }, undefined), {
      ...{ kind: 'sandbox', name: 'Sandbox', zone: null, issue: false, forges: [], test: true },
    })
  })
})
