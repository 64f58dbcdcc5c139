/**
 * Who says how many gateways share the store: the configuration; their heartbeats in it; the ready endpoints of our own Service; or
 * nobody, and this one is taken for the only one.
 */
export const replicaOrigins = ['configured', 'heartbeats', 'service', 'assumed'] as const

export type ReplicaOrigin = (typeof replicaOrigins)[number]
