// Where a node keeps its data where nobody has said another place.
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ConfigError } from '../../core/config.ts'

/** Where a program keeps its data on this platform. */
export function dataDir(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>, home: string) {
  if (platform === 'win32') return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'nodetrust')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'nodetrust')
  const { XDG_DATA_HOME: named = '' } = env
  // a relative one is to be ignored (XDG Base Directory Specification)
  return join(isAbsolute(named) ? named : join(home, '.local', 'share'), 'nodetrust')
}

/** @throws ConfigError where there is no home folder, as in a container whose user is a mere number */
export function defaultDir(): string {
  const dir = dataDir(process.platform, process.env, homeFolder())
  if (isAbsolute(dir)) return dir
  throw new ConfigError(
    'there is no home folder (HOME is empty): name a data folder, --dir=/path or NODETRUST_DIR=/path',
  )
}

function homeFolder(): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}
