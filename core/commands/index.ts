// The face of the command line's table.
export { type Command, UsageError } from './command.ts'
export { askedForHelp, helpOf, helpOfAll } from './help.ts'
export { didYouMean } from './nearest.ts'
export { type Given, readWords, requireValue } from './read.ts'
export { asTyped, ownCommand } from './own-name.ts'
export { commandNamed, COMMANDS, findCommand } from './table.ts'
