// Where the router is: Node does not say, so the platform's own table of routes is read. Only IPv4, since only there ports
// need to be mapped.
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseIpv4 } from '../../../proto/ip.ts'

const run = promisify(execFile)

/** The router, and the address of ours that it knows us by. */
export interface Gateway {
  readonly address: string
  readonly ownAddress: string
}

/** A table of routes is there at once. */
const COMMAND_TIMEOUT_MS = 2_000

/** Nobody listens there; a datagram socket that is "connected" sends nothing, it only asks which way it would. */
const DISCARD_PORT = 9

/** The default router for IPv4; undefined where there is none or the platform does not say. */
export async function defaultGateway(platform: NodeJS.Platform = process.platform): Promise<Gateway | undefined> {
  try {
    const address = await READERS[platform]?.()
    if (address === undefined) return undefined
    const ownAddress = await addressTowards(address)
    return { address, ownAddress }
  } catch {
    return undefined
  }
}

const READERS: Partial<Record<NodeJS.Platform, () => Promise<string | undefined>>> = {
  linux: async () => gatewayOfProc(await readFile('/proc/net/route', 'utf8')),
  darwin: async () => gatewayOfMac(await output('/sbin/route', ['-n', 'get', 'default'])),
  win32: async () => {
    const program = join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'route.exe')
    return gatewayOfWindows(await output(program, ['print', '-4', '0.0.0.0']))
  },
}

/** Reads Linux' /proc/net/route: hexadecimal, in the byte order of the machine, which is little endian wherever Node runs. */
export function gatewayOfProc(table: string): string | undefined {
  const routes = table.split('\n').flatMap((line) => {
    const [, destination, gateway = '', flags = '', , , metric] = line.trim().split(/\s+/)
    const isDefault = destination === '00000000' && (Number.parseInt(flags, 16) & ROUTE_HAS_GATEWAY) !== 0
    if (!isDefault || !/^[0-9A-F]{8}$/i.test(gateway)) return []
    return [{ address: Buffer.from(gateway, 'hex').reverse().join('.'), metric: Number(metric) }]
  })
  return routes.sort((one, other) => one.metric - other.metric)[0]?.address
}

/** RTF_GATEWAY of linux/route.h. */
const ROUTE_HAS_GATEWAY = 0x2

/** Reads what `route -n get default` prints. */
export function gatewayOfMac(text: string): string | undefined {
  return ipv4(/^\s*gateway:\s*(\S+)\s*$/m.exec(text)?.[1])
}

/** Reads what `route print -4 0.0.0.0` prints, in any language: its columns are numbers. */
export function gatewayOfWindows(text: string): string | undefined {
  const routes = [...text.matchAll(/^\s*0\.0\.0\.0\s+0\.0\.0\.0\s+(\S+)\s+\S+\s+(\d+)\s*$/gm)].flatMap((match) => {
    const address = ipv4(match[1])
    return address === undefined ? [] : [{ address, metric: Number(match[2]) }]
  })
  return routes.sort((one, other) => one.metric - other.metric)[0]?.address
}

function ipv4(text: string | undefined): string | undefined {
  return parseIpv4(text ?? '')?.text
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, [...args], {
    timeout: COMMAND_TIMEOUT_MS,
    maxBuffer: 65_536,
    windowsHide: true,
  })
  return stdout
}

/** The address of ours that packets to this one come from. */
async function addressTowards(address: string): Promise<string> {
  const socket = createSocket('udp4')
  try {
    socket.connect(DISCARD_PORT, address)
    await once(socket, 'connect')
    return socket.address().address
  } finally {
    socket.close()
  }
}
