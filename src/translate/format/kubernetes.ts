import type { ObjectName } from '../../model/kubernetes-settings.ts'
import { Flaw, type Format } from './flaw.ts'

/** RFC 1123 subdomains, as names of most objects are; names of namespaces are labels, which is stricter. */
const subdomain = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** A namespace of Kubernetes. */
export const namespaceName: Format<string> = {
  noun: 'a namespace',
  example: 'lower-case letters, digits and "-", such as "shop"',
  pattern: label.source,
  read(text) {
    return label.test(text) ? text : new Flaw('is not a name of a namespace', `write ${this.example}`)
  },
}

/** The name of an object that is in no namespace, or in one that is known. */
export const kubernetesName: Format<string> = {
  noun: 'a name of an object',
  example: 'lower-case letters, digits, "-" and ".", such as "tidegate"',
  pattern: subdomain.source,
  read(text) {
    return subdomain.test(text) ? text : new Flaw('is not a name of an object', `write ${this.example}`)
  },
}

/** An object in its namespace: `"shop/web-tls"`. */
export const objectName: Format<ObjectName> = {
  noun: 'a namespace and a name',
  example: 'both with a slash between, such as "shop/web-tls"',
  pattern: '^[a-z0-9-]+/[a-z0-9.-]+$',
  read(text) {
    const [namespace = '', name = '', ...rest] = text.split('/')
    if (rest.length > 0 || !label.test(namespace) || !subdomain.test(name))
      return new Flaw('is not a namespace and a name', `write ${this.example}`)
    return { namespace, name }
  },
}

/** A port of a Service, by number or name: `"shop/web:80"`. */
export const servicePort: Format<ObjectName & { readonly port: number | string }> = {
  noun: 'a Service with its port',
  example: 'namespace, name and port, such as "shop/web:80" or "shop/web:http"',
  pattern: '^[a-z0-9-]+/[a-z0-9.-]+:[a-z0-9-]+$',
  read(text, secrets) {
    const colon = text.lastIndexOf(':')
    const service = objectName.read(text.slice(0, Math.max(0, colon)), secrets)
    const port = text.slice(colon + 1)
    const isNumber = /^[1-9]\d{0,4}$/.test(port) && Number(port) < 65_536
    const isName = /^(?=.*[a-z])[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?$/.test(port)
    if (colon < 0 || service instanceof Flaw || !(isNumber || isName))
      return new Flaw('is not a Service with its port', `write ${this.example}`)
    return { ...service, port: isNumber ? Number(port) : port }
  },
}

/** `spec.controller` of an IngressClass: a domain and a path. */
export const controllerName: Format<string> = {
  noun: 'a name of a controller',
  example: 'a domain and a path, such as "tidegate.dev/ingress-controller"',
  pattern: "^[a-z0-9.-]+/[A-Za-z0-9/._~!$&'()*+,;=:@%-]+$",
  read(text) {
    const slash = text.indexOf('/')
    const isOne =
      slash > 0 &&
      text.length <= 250 &&
      subdomain.test(text.slice(0, slash)) &&
      /^[A-Za-z0-9/._~!$&'()*+,;=:@%-]+$/.test(text.slice(slash + 1))
    return isOne ? text : new Flaw('is not a name of a controller', `write ${this.example}`)
  },
}

/** A label selector, as `kubectl -l` takes it; the API server reads it. */
export const labelSelector: Format<string> = {
  noun: 'a label selector',
  example: 'it as "kubectl -l" has it, such as "team=shop" or "tier in (edge,web)"',
  pattern: '^[A-Za-z0-9_./=!(), -]+$',
  read(text) {
    const isOne = text.length <= 1024 && /^[A-Za-z0-9_./=!(), -]+$/.test(text)
    return isOne ? text : new Flaw('is not a label selector', `write ${this.example}`)
  },
}

/** What clients reach the gateway by: an IP address or a host name. */
export const statusAddress: Format<string> = {
  noun: 'an address of the gateway',
  example: 'an IP address or a host name, such as "203.0.113.10"',
  pattern: '^[A-Za-z0-9.:-]+$',
  read(text) {
    const isOne = /^[0-9A-Fa-f:.]+$/.test(text) || subdomain.test(text.toLowerCase())
    return isOne ? text.toLowerCase() : new Flaw('is not an address', `write ${this.example}`)
  },
}

/** Which annotation, without its prefix: `access-log`. */
export const annotationName: Format<string> = {
  noun: 'a name of an annotation',
  example: 'it without its prefix, such as "access-log"',
  pattern: '^[a-z0-9.-]+$',
  read(text) {
    return /^[a-z0-9][a-z0-9.-]{0,62}$/.test(text)
      ? text
      : new Flaw('is not a name of an annotation', `write ${this.example}`)
  },
}
