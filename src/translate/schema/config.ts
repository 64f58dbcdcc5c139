import type { Static } from 'typebox'
import { listOf, mapOf, object } from './build.ts'
import { clusterSchema } from './cluster.ts'
import { listenerSchema } from './listener.ts'
import { routeSchema } from './route.ts'
import { settingsSchemas } from './settings.ts'

/** A configuration file in the native form: the one source of types, messages, `config/schema.json` and the reference page. */
export const configSchema = object(
  'the configuration',
  {
    listeners: listOf(listenerSchema, { default: [], description: 'Ports to accept on.' }),
    routes: listOf(routeSchema, { default: [], description: 'What becomes of requests.' }),
    clusters: mapOf('clusters', 'clusterName', clusterSchema, {
      default: {},
      description: 'Where requests go, by name.',
    }),
    ...settingsSchemas,
  },
  { description: 'Configuration of Tidegate.' },
)

export type NativeConfig = Static<typeof configSchema>
