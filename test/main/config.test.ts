// The node's configuration: defaults that work without any file, and wrong values that say what would be right.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ConfigError, loadConfig } from '../../core/config.ts'
import { parseArgs, startWordsOf } from '../../main/settings/arguments.ts'
import { dataDir, type NodeConfig, NodeConfigSchema } from '../../main/settings/config.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { temporaryDir } from './support.ts'

const PEER = '12D3KooWRA19YXJCPaMryqrGPCPLJGMebTE5oChvNnoM3nRteAfE'
const OTHER = '12D3KooWQKm3oyGpXrkcg3Wh94eAfVydke36b2SSgCsTKorYTWRU'

const load = (flags: Record<string, string> = {}): Promise<NodeConfig> => loadConfig(NodeConfigSchema, { flags })

describe('the configuration of a node', () => {
  test('needs no file', async () => {
    const config = await load()
    assert.deepEqual(config.network.issue, [])
    assert.deepEqual(config.network.names, ['identity', 'ip'])
    assert.deepEqual(config.listen.wss, ['/ip4/0.0.0.0/tcp/4430/tls/ws', '/ip6/::/tcp/4430/tls/ws'])
    assert.deepEqual(config.discovery, {
      ...{ enabled: true, bootstrap: [], intervalMs: 300_000, addressClasses: ['public'], dht: false, connect: 'none' },
    })
  })

  test('takes one address where several may stand', async () => {
    const config = await load({ 'network.issue': `/ip4/127.0.0.1/tcp/1/p2p/${PEER}` })
    assert.deepEqual(config.network.issue, [`/ip4/127.0.0.1/tcp/1/p2p/${PEER}`])
  })

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['network.issue', 'issue.example.org', /expected a multiaddr with \/p2p\/.* got "issue.example.org"/],
    ['network.issue', '/ip4/127.0.0.1/tcp/1', /expected a multiaddr with \/p2p\//],
    ['network.issue', `[/ip4/1.1.1.1/tcp/1/p2p/${PEER}, /ip4/1.1.1.1/tcp/1/p2p/${OTHER}]`, /one issue server/],
    ['network.names', '[]', /expected identity, ip or both/],
    ['network.names', '[domain]', /`network.names.0` in the flag --network.names: expected .*identity.*ip/],
    ['network.algorithms', '[dsa]', /expected .*ecdsa-p256/],
    ['network.resolver', 'dns.example.org:53', /expected IP:PORT/],
    ['network.resolver', '127.0.0.1:99999', /expected IP:PORT/],
    ['listen.addresses', '/ip4/0.0.0.0/tcp/1/tls/ws', /WSS belongs into listen.wss/],
    ['listen.wss', '/ip4/0.0.0.0/tcp/1/ws', /expected a secure WebSocket multiaddr/],
    ['listen.wss', '/dns4/example.org/tcp/1/tls/ws', /expected a secure WebSocket multiaddr/],
    ['discovery.intervalMs', '10', /intervalMs/],
    ['discovery.addressClasses', '[home]', /expected .*public/],
    ['discovery.connect', 'all', /expected .*certified/],
    ['dir', '""', /expected the path of a folder/],
    ['log', 'loud', /expected .*debug/],
    ['port', '1', /unknown key `port` in the flag --port/],
  ]
  for (const [key, value, message] of wrong) {
    test(`refuses ${key} ${value}`, async () => {
      await assert.rejects(load({ [key]: value }), (error) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, message)
        return true
      })
    })
  }
})

describe('the data folder', () => {
  const cases: readonly (readonly [NodeJS.Platform, Record<string, string>, string])[] = [
    ['linux', {}, '/home/a/.local/share/nodetrust'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/nodetrust'],
    ['linux', { XDG_DATA_HOME: '' }, '/home/a/.local/share/nodetrust'],
    ['darwin', {}, '/home/a/Library/Application Support/nodetrust'],
    ['win32', { APPDATA: '/roaming' }, '/roaming/nodetrust'],
  ]
  for (const [platform, env, expected] of cases) {
    test(`on ${platform} with ${JSON.stringify(env)} is ${expected}`, () => {
      assert.equal(dataDir(platform, env, '/home/a').replaceAll('\\', '/'), expected)
    })
  }
})

describe('an address of a DNS server', () => {
  test('is IPv4 or IPv6 with a port', () => {
    assert.deepEqual(parseHostPort('127.0.0.1:53'), { host: '127.0.0.1', port: 53 })
    assert.deepEqual(parseHostPort('[::1]:5353'), { host: '::1', port: 5353 })
    for (const text of ['127.0.0.1', '::1:53', 'localhost:53', '999.0.0.1:53', '']) {
      assert.equal(parseHostPort(text), undefined, text)
    }
  })
})

describe('the command line', () => {
  test('gives the file, the keys and the way to speak', () => {
    const words = ['node', '--config', 'a.yaml', '--events', '--discovery.connect=certified', '--log=']
    assert.deepEqual(parseArgs(words, {}), {
      ...{ command: 'node', config: 'a.yaml', events: true, staysClosed: false },
      flags: { 'discovery.connect': 'certified', log: '' },
    })
  })

  test('takes the file from the environment where no flag names one', () => {
    const env = { NODETRUST_CONFIG: 'env.yaml' }
    assert.equal(fileOf(['node'], env), 'env.yaml')
    assert.equal(fileOf(['node', '--config=flag.yaml'], env), 'flag.yaml')
  })

  for (const words of [[], ['serve'], ['node', 'x'], ['node', '--log'], ['node', '--config'], ['node', '--a-b=1']]) {
    test(`refuses "${words.join(' ')}" and shows how it is used`, () => {
      const expected = words[0] === 'node' ? /usage: nodetrust node/ : /it is node or app/
      assert.throws(() => parseArgs(words, {}), { name: 'UsageError', message: expected })
    })
  }
})

function fileOf(words: readonly string[], env: Record<string, string>): string | undefined {
  return parseArgs(words, env).config
}

test('what starts a node again names its configuration and its folder, and no flag that may be a secret', () => {
  const words = ['node', '--config', 'my node.yaml', '--dir=/srv/node', '--network.profile=secret']
  assert.equal(startWordsOf(parseArgs(words, {})), 'node --config "my node.yaml" --dir /srv/node')
  assert.equal(startWordsOf(parseArgs(['app'], {})), 'app')
})

test('what is wrong in a pipeline names its line, and what would be right', async (t) => {
  const file = join(await temporaryDir(t), 'node.yaml')
  const wrong = [
    ['kind: [private]', /0\.kind` in .* line 4; did you mean `dial\.policies\.mine\.0\.kinds`/],
    ['joinsAfterMs: -5', /joinsAfterMs` in .* line 4: expected 0 or more, got -5/],
    ['joinsAfterMs: 1.5', /expected a whole number, got 1\.5/],
    ['joinsAfterMs: 99999', /expected 60000 at most, got 99999/],
  ] as const
  for (const [line, says] of wrong) {
    await writeFile(file, `dial:\n  policies:\n    mine:\n      - ${line}\n`)
    await assert.rejects(loadConfig(NodeConfigSchema, { file }), says)
  }
})
