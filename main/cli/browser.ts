// The page of a node in the system's browser, and the page of the node that runs already.
import { spawn } from 'node:child_process'
import { findNode, NoNodeError } from './client.ts'

/** Opens an address by the system's own opener; where there is none, the printed link has to do. */
export function openInBrowser(url: string): void {
  const openers = { darwin: ['open', url], win32: ['cmd', '/c', 'start', '""', url] } as const
  const [program, ...args] =
    process.platform === 'darwin' || process.platform === 'win32' ? openers[process.platform] : ['xdg-open', url]
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

/**
 * A link to the page of the node that has this folder.
 *
 * @returns undefined where none runs, or none that can be asked
 * @throws ApiError
 */
export async function runningPage(dir: string): Promise<{ readonly url: string; readonly pid: number } | undefined> {
  try {
    const node = await findNode(dir)
    const { url } = await node.call('bridge.link', { role: 'owner' })
    return { url, pid: node.pid }
  } catch (error) {
    if (error instanceof NoNodeError) return undefined
    throw error
  }
}
