/** Header fields about the bytes of a body as they are sent, in lower case: of other bytes they are wrong. RFC 9530, RFC 3230. */
export const fieldsOfBytes: readonly string[] = ['content-digest', 'repr-digest', 'digest', 'content-md5']

/** The name of a content coding; `x-gzip` is an old one (RFC 9110 §8.4.1.3). @param lowerName in lower case. */
export function codingName(lowerName: string): string {
  return lowerName === 'x-gzip' ? 'gzip' : lowerName
}
