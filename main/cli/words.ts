// The words after a command of the running node, and which node is meant (the configuration's flags).
import { type Command, type Given, readWords } from '../../core/commands/index.ts'
import { type ConfigSources, loadConfig } from '../../core/config.ts'
import { NodeConfigSchema } from '../settings/config.ts'

/** What was asked. */
export interface Asked extends Given {
  readonly command: Command
  /** The data folder of the node that is meant; empty for a command that takes no settings, which is about no node. */
  readonly dir: string
  /** Where its configuration comes from. */
  readonly sources: ConfigSources
}

/**
 * Takes the words apart.
 *
 * @throws UsageError for what cannot be understood, ConfigError, FileError
 */
export async function readAsked(
  command: Command,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Asked> {
  const given = readWords(command, words)
  if (command.settings === undefined) return { ...given, command, dir: '', sources: { env } }
  const { values, settings } = given
  const folder = values.get('dir')
  const file = values.get('config') ?? (env['NODETRUST_CONFIG'] || undefined)
  const flags = folder === undefined ? settings : { ...settings, dir: folder }
  const sources = { file, env, flags }
  const { dir } = await loadConfig(NodeConfigSchema, sources)
  return { ...given, command, dir, sources }
}
