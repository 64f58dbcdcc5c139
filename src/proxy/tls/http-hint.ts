const text = 'this port speaks TLS: use https\n'

/** What a client gets that speaks HTTP without TLS here. */
export const httpHint = Buffer.from(
  `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`,
  'latin1',
)
