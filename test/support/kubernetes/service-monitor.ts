import type { V1CustomResourceDefinition, V1JSONSchemaProps } from '@kubernetes/client-node'

/** The part of the kind ServiceMonitor that the chart uses, with nothing else allowed in it. */
export function serviceMonitorDefinition(): V1CustomResourceDefinition {
  const text: V1JSONSchemaProps = { type: 'string' }
  const endpoint: V1JSONSchemaProps = {
    type: 'object',
    properties: { port: text, path: text, interval: text, scrapeTimeout: text },
  }
  const selector: V1JSONSchemaProps = {
    type: 'object',
    properties: { matchLabels: { type: 'object', additionalProperties: text } },
  }
  const spec: V1JSONSchemaProps = {
    type: 'object',
    required: ['selector', 'endpoints'],
    properties: { selector, endpoints: { type: 'array', items: endpoint } },
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'servicemonitors.monitoring.coreos.com' },
    spec: {
      group: 'monitoring.coreos.com',
      scope: 'Namespaced',
      names: { kind: 'ServiceMonitor', plural: 'servicemonitors', singular: 'servicemonitor' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  }
}
