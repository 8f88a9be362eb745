/** The browser's entry: the command `veritune serve`, with the same options, for whoever starts a file instead of a command. */
process.argv.splice(2, 0, 'serve')
await import('./cli.ts')

export {}
