import { Flaw, noSecrets } from '../../../format/flaw.ts'
import { kubernetesName, objectName } from '../../../format/kubernetes.ts'
import { headerValue } from '../../../format/values.ts'
import type { BasicAuthAsked } from '../annotations-read.ts'
import type { NginxReader } from './reader.ts'
import { format, type Parse, withoutVariables, word } from './values.ts'

/** Say nothing without `auth-type`. */
const besides = ['auth-secret-type', 'auth-realm']

/** Users and passwords that are asked for. Whatever of it is wrong closes the routes: it was to keep somebody out. */
export function readBasicAuth(reader: NginxReader): BasicAuthAsked | undefined {
  const type = reader.read('auth-type', authType)
  const secret = reader.read('auth-secret', secretName)
  const form = reader.read('auth-secret-type', word(['auth-file', 'auth-map']))
  const realm = reader.read('auth-realm', withoutVariables(format(headerValue)))
  if (!reader.has('auth-type')) {
    tellAlone(reader)
    return undefined
  }
  if (!reader.has('auth-secret')) {
    reader.closeFor('auth-type', 'has no auth-secret, and nobody could come in')
    reader.refuse('auth-type', 'AnnotationInvalid', {
      message: 'auth-type has no auth-secret with users, and the routes answer 503 so that nobody comes in',
      remedy: 'add "auth-secret" with the name of a Secret, or remove it',
    })
  }
  const isWhole = form !== undefined || !reader.has('auth-secret-type')
  if (type === undefined || secret === undefined || !isWhole) return undefined
  return { ...secret, form: form === 'auth-map' ? 'map' : 'file', realm: realm ?? 'restricted' }
}

/** In ingress-nginx everybody comes in then, which cannot be what was meant. */
function tellAlone(reader: NginxReader): void {
  if (reader.has('auth-secret')) {
    reader.closeFor('auth-secret', 'has no auth-type that says what it is for')
    reader.refuse('auth-secret', 'AnnotationInvalid', {
      message:
        'auth-secret says nothing without auth-type, and the routes answer 503 so that nobody comes in',
      remedy: 'add "auth-type: basic", or remove it',
    })
  }
  for (const name of besides) {
    if (!reader.has(name)) continue
    reader.warn(name, 'AnnotationDiffers', {
      message: `${name} says nothing without auth-type`,
      remedy: 'add "auth-type: basic" and "auth-secret", or remove it',
    })
  }
}

const authType: Parse<'basic'> = (text) => {
  if (text === 'basic') return text
  return text === 'digest'
    ? new Flaw('is not obeyed: its passwords are kept as MD5, which is broken', 'write "basic", over TLS')
    : new Flaw('is no kind of authentication', 'write "basic"')
}

/** A Secret of the namespace of the Ingress, or `namespace/name` of another one, which has to share it. */
const secretName: Parse<Pick<BasicAuthAsked, 'namespace' | 'name'>> = (text) => {
  if (text.includes('/')) return objectName.read(text, noSecrets)
  const name = kubernetesName.read(text, noSecrets)
  return name instanceof Flaw ? name : { namespace: '', name }
}
