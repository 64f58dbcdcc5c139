// Exit code 0 when the gateway in this container is alive. TIDEGATE_HEALTH_URL says where else to ask, for instance a health address.
import { get } from 'node:http'

const url = process.env.TIDEGATE_HEALTH_URL ?? 'http://127.0.0.1:9901/healthz'

function fail(why) {
  process.stderr.write(`${url}: ${why}\n`)
  process.exit(1)
}

const request = get(url, { timeout: 2000, agent: false }, (response) => {
  response.resume()
  if (response.statusCode !== 200) fail(`status ${response.statusCode}`)
  response.on('end', () => process.exit(0))
})
request.on('timeout', () => request.destroy(new Error('no answer in 2 s')))
request.on('error', (error) => fail(error.message))
