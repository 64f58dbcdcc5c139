import { dnsAddress, dnsName, endpointAddress, listenAddress } from './address.ts'
import { certificateFingerprint, commonName } from './certificate.ts'
import { cidr } from './cidr.ts'
import { httpOriginPattern } from './cors.ts'
import { moduleName, variableName } from './extension.ts'
import type { Flaw } from './flaw.ts'
import { requestTarget, signInUrl } from './forward-auth.ts'
import { authority, hostPattern, upstreamHost } from './host.ts'
import { claimText, jwkSet, jwksUrl } from './jwt.ts'
import {
  annotationName,
  controllerName,
  kubernetesName,
  labelSelector,
  namespaceName,
  objectName,
  servicePort,
  statusAddress,
} from './kubernetes.ts'
import { logFormat } from './log-format.ts'
import {
  claimName,
  clusterName,
  contextName,
  cookieName,
  editedRequestHeader,
  editedResponseHeader,
  hashedHeader,
  limitName,
  listenerName,
  matchedHeader,
  method,
  parameterName,
  routeName,
} from './names.ts'
import { exactPath, pathText, plainPath, prefixPath, segmentsPath } from './path.ts'
import { quota, rate } from './rate.ts'
import {
  redisAddress,
  redisPassword,
  redisPrefix,
  redisUrl,
  sentinelAddress,
  sentinelMaster,
} from './redis.ts'
import {
  age,
  cipher,
  clientName,
  curve,
  materialFile,
  passwordReference,
  tlsName,
  upstreamName,
} from './tls.ts'
import { duration, size, window } from './units.ts'
import { grpcService, httpOrigin, upgradeProtocol } from './upgrade.ts'
import {
  bodyText,
  credentialLine,
  filePath,
  headerValue,
  matchedValue,
  mediaRange,
  regex,
  replacement,
  secret,
} from './values.ts'

/** Every format by the name that the schema's `format` keyword uses. */
export const formats = {
  age,
  annotationName,
  authority,
  bodyText,
  certificateFingerprint,
  cidr,
  cipher,
  claimName,
  contextName,
  claimText,
  clientName,
  clusterName,
  commonName,
  controllerName,
  cookieName,
  credentialLine,
  curve,
  dnsAddress,
  dnsName,
  duration,
  editedRequestHeader,
  editedResponseHeader,
  endpointAddress,
  exactPath,
  filePath,
  grpcService,
  hashedHeader,
  headerValue,
  hostPattern,
  httpOrigin,
  httpOriginPattern,
  jwkSet,
  jwksUrl,
  kubernetesName,
  labelSelector,
  limitName,
  listenAddress,
  listenerName,
  logFormat,
  matchedHeader,
  matchedValue,
  materialFile,
  mediaRange,
  method,
  moduleName,
  namespaceName,
  objectName,
  parameterName,
  passwordReference,
  pathText,
  plainPath,
  prefixPath,
  quota,
  rate,
  redisAddress,
  redisPassword,
  redisPrefix,
  redisUrl,
  regex,
  replacement,
  requestTarget,
  routeName,
  secret,
  segmentsPath,
  sentinelAddress,
  sentinelMaster,
  servicePort,
  signInUrl,
  size,
  statusAddress,
  tlsName,
  upgradeProtocol,
  upstreamHost,
  upstreamName,
  variableName,
  window,
}

/** The name of a format. */
export type FormatName = keyof typeof formats

/** What a format's text becomes. */
export type Formatted<N extends FormatName> = Exclude<ReturnType<(typeof formats)[N]['read']>, Flaw>
