import type { Config } from './gateway.ts'
import { type PlainGateway, plainGateway } from './plain-gateway.ts'
import { type ExtensionScript, ScriptedExtensions } from './scripted-extensions.ts'

export interface ExtendedGateway extends PlainGateway {
  readonly extensions: ScriptedExtensions
}

/** Any module: nothing loads it. */
const extension = { extension: import.meta.filename, isolation: 'inline' }

/** A plain gateway whose route has extensions that do what the script says. */
export async function extended(
  parts: {
    readonly script?: ExtensionScript
    readonly upgrades?: 'refused'
    readonly listener?: Config
    readonly route?: Config
    readonly cluster?: Config
    readonly clusters?: Config
  } = {},
): Promise<ExtendedGateway> {
  const { script, upgrades, route, ...more } = parts
  const extensions = new ScriptedExtensions(script)
  if (upgrades !== undefined) extensions.upgrades = upgrades
  const gateway = await plainGateway(
    { ...more, route: { name: 'shop', filters: [extension], ...route } },
    { extensions },
  )
  return Object.assign(gateway, { extensions })
}
