// A command line of the servers that cannot be understood.
export { UsageError } from '../../core/commands/index.ts'
