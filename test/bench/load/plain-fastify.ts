// A process of its own: Fastify and @fastify/http-proxy as their documentation has them, with the extension that the gateway runs too.
import httpProxy from '@fastify/http-proxy'
import { fastify } from 'fastify'
import extension from './extension-under-load.ts'

const [port = '0', origin = '0'] = process.argv.slice(2)

const server = fastify()
extension(server)
await server.register(httpProxy, { upstream: `http://127.0.0.1:${origin}`, undici: { connections: 128 } })
await server.listen({ host: '127.0.0.1', port: Number(port) })
