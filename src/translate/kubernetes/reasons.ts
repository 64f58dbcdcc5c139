/**
 * Every `reason` that problems with Kubernetes objects have, as `kubectl describe` shows it, and what it means. Reasons never change
 * their meaning: people search for them and filter events by them.
 */
export const objectReasons = {
  AnnotationDiffers: 'An annotation of ingress-nginx works, and not in everything as it does there.',
  AnnotationInvalid: 'An annotation has a value that cannot be used.',
  AnnotationRefused:
    'An annotation is refused because it is unsafe, or because the operator has to allow it.',
  AnnotationUnknown: 'An annotation with a prefix of ours is not one that we know.',
  AnnotationUnsupported: 'An annotation is known, and we do not do what it asks for.',
  CanaryTaken: 'An older canary takes its part of the same host and path; there is one for each.',
  CanaryWithoutMain: 'A canary has no other Ingress with the same host and path in its namespace.',
  CatchAllRefused: 'The namespace may not take requests of any host.',
  CertificateNameMismatch: 'A certificate is not for the host that it is used for.',
  CertificateUnused: 'Another namespace decides which certificates a host has.',
  ClassIgnored: 'Class is given by field and by annotation, and the field wins.',
  ClassParametersInvalid: 'Parameters of an IngressClass cannot be used.',
  ClassParametersRefused: 'Parameters of an IngressClass name an object that the operator did not allow.',
  ClusterSettingsConflict: 'Annotations and the protocol of a port cannot be had together.',
  DefaultBackendTaken: 'An older Ingress has the default backend of the same host.',
  EndpointRefused: 'An endpoint has an address that no endpoint may have.',
  EndpointsMissing: 'A Service has no endpoint that is ready.',
  ExternalNameRefused:
    'A Service of type ExternalName, or an annotation, leads to a name that the operator did not allow.',
  HostClosed: 'Another Ingress was to protect all of a host, in a way that is not obeyed.',
  HostInvalid: 'A host cannot be matched with requests.',
  HostNotAllowed: 'The namespace may use other hosts only.',
  HostTaken:
    'A host belongs to another namespace, or to the configuration of the gateway itself; or an alias is a host that has rules.',
  HostWithoutBackend: 'A host has neither paths nor a default backend.',
  IngressTooLarge: 'An Ingress asks for more than one tenant of a gateway may have.',
  PathInvalid: 'A path cannot be matched with requests.',
  PathTaken: 'Another Ingress, or an earlier path, has the same host and path.',
  ResourceBackendUnsupported: 'A backend is a resource and not a Service.',
  SecretBroken: 'A Secret does not hold what TLS or authentication needs.',
  SecretNotFound: 'A Secret does not exist.',
  SecretNotShared: 'A Secret of another namespace is not shared with this one.',
  SecretOutOfReach: 'A Secret may not be read.',
  ServiceNotFound: 'A Service does not exist.',
  ServicePortNotFound: 'A Service has no such port.',
  ServiceWithoutAddress: 'A Service that is to be reached by its own address has none.',
  TlsListenerMissing: 'A redirect to https is asked for, and no listener carries TLS.',
} as const satisfies Readonly<Record<string, string>>

/** The reason of a problem with an object. */
export type ObjectReason = keyof typeof objectReasons
