import { type Command, exitCodes, type Option, UsageError } from './command.ts'
import { commonOptions } from './parse-arguments.ts'

const shells = ['bash', 'zsh', 'fish'] as const

/** @param commands all commands, this one among them: asked for late, since the list holds what this gives. */
export function completionsCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completions',
    summary: 'print what makes a shell complete commands and options',
    usage: 'completions bash|zsh|fish',
    options: {},
    examples: [
      {
        line: 'source <(tidegate completions bash)',
        shows: 'completion in this bash; put it in ~/.bashrc to keep it',
      },
      {
        line: 'source <(tidegate completions zsh)',
        shows: 'completion in this zsh; put it in ~/.zshrc to keep it',
      },
      {
        line: 'tidegate completions fish > ~/.config/fish/completions/tidegate.fish',
        shows: 'completion in every fish from now on',
      },
    ],
    run(args, terminal) {
      const shell = shells.find((shell) => shell === args.positionals[0])
      if (shell === undefined) {
        throw new UsageError('completions needs a shell', `write one of ${shells.join(', ')}`)
      }
      terminal.out(shell === 'fish' ? fishScript(commands()) : bashScript(commands(), shell))
      return Promise.resolve(exitCodes.ok)
    },
  }
}

/** zsh runs bash completions after `bashcompinit`, so one script serves both. */
function bashScript(commands: readonly Command[], shell: 'bash' | 'zsh'): string {
  const names = commands.map(({ name }) => name).join(' ')
  const cases = commands.map((command) => `    ${command.name}) words="${optionWords(command)}" ;;`)
  const preamble =
    shell === 'zsh'
      ? ['autoload -U +X compinit && compinit', 'autoload -U +X bashcompinit && bashcompinit']
      : []
  return [
    ...preamble,
    '_tidegate() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" words=""',
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${names}" -- "$word")); return`,
    '  fi',
    '  case "$before" in',
    ...choiceCases(commands),
    '  esac',
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    '  esac',
    '  case "$word" in',
    '    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;',
    '    *) COMPREPLY=($(compgen -f -- "$word")) ;;',
    '  esac',
    '}',
    'complete -o filenames -F _tidegate tidegate',
    '',
  ].join('\n')
}

function choiceCases(commands: readonly Command[]): string[] {
  const withChoices = new Map<string, Option>()
  for (const { options } of commands) {
    for (const [name, option] of Object.entries(options)) {
      if (option.choices.length > 0) withChoices.set(name, option)
    }
  }
  return [...withChoices].map(
    ([name, { choices }]) =>
      `    --${name}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word")); return ;;`,
  )
}

function optionWords(command: Command): string {
  return Object.keys({ ...command.options, ...commonOptions })
    .map((name) => `--${name}`)
    .join(' ')
}

function fishScript(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c tidegate -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
    ...Object.entries({ ...command.options, ...commonOptions }).map(([name, option]) =>
      fishOption(command.name, name, option),
    ),
  ])
  return `${lines.join('\n')}\n`
}

function fishOption(command: string, name: string, option: Option): string {
  const short = option.short === undefined ? '' : ` -s ${option.short}`
  const value = option.value === undefined ? ' -f' : ' -r'
  const choices = option.choices.length === 0 ? '' : ` -f -a ${quoted(option.choices.join(' '))}`
  const when = `-n ${quoted(`__fish_seen_subcommand_from ${command}`)}`
  return `complete -c tidegate ${when} -l ${name}${short}${value}${choices} -d ${quoted(option.text)}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`
}
