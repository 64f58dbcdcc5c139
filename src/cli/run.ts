import { type Command, requiredValue, UsageError, valueOf } from './command.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

export const runCommand: Command = {
  name: 'run',
  summary: 'carry traffic as a configuration says, and follow its changes',
  usage: 'run --config FILE|DIR [--workers N] [--log-level LEVEL]',
  options: {
    config: { short: 'c', value: 'FILE', text: 'the configuration: a file or a folder', choices: [] },
    workers: {
      short: 'w',
      value: 'N',
      text: 'processes that carry traffic, instead of what the configuration says; 1 runs everything in one process',
      choices: [],
    },
    'log-level': {
      short: undefined,
      value: 'LEVEL',
      text: `least severe lines: ${levels.join(', ')}`,
      choices: levels,
    },
  },
  examples: [
    {
      line: 'tidegate run --config gateway.yaml',
      shows:
        'listens where the file says; edits of the file take effect at once, and a broken one changes nothing',
    },
    {
      line: 'tidegate run --config conf.d/ --workers 4',
      shows: 'all files of a folder, with four traffic processes',
    },
    { line: 'kill -HUP PID', shows: 'reads the configuration again; kill -USR2 reopens the access log' },
    { line: 'kill -TERM PID', shows: 'finishes what is in flight, then ends; a second one ends at once' },
  ],
  async run(args) {
    const config = requiredValue(args, 'config', runCommand)
    const level = levels.find((level) => level === valueOf(args, 'log-level'))
    const options = { paths: [config], workers: workersOf(valueOf(args, 'workers')), logLevel: level }
    // Loaded when it is needed: the other commands should not take half a second.
    const { runGateway } = await import('../app/run.ts')
    return runGateway(options)
  },
}

/** The bounds are those of `workers` in the configuration. */
function workersOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 256) return number
  throw new UsageError(`--workers cannot be "${text}"`, 'write a number from 1 to 256')
}
