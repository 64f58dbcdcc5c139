import { printAddress } from '../model/address.ts'
import type { Model } from '../model/model.ts'
import type { Example } from './command.ts'

/** What to try against `config/quickstart.yaml`, and what each will show. `npm start` prints them; a test runs them. */
export function quickstartLines(model: Model): Example[] {
  const listener = model.listeners[0]
  const port = listener?.address.kind === 'tcp' ? listener.address.port : 80
  const shop = `http://shop.localhost:${port}`
  const plain = `http://127.0.0.1:${port}`
  const { address } = model.settings.admin
  const admin = address === undefined ? '' : `http://${printAddress(address)}`
  const failing = model.clusters.find(({ id }) => id === 'api')?.endpoints[0]?.address
  const failingPort = failing?.kind === 'tcp' ? failing.port : 0
  return [
    { line: `curl ${shop}/`, shows: 'web-v1 answers; one request in ten goes to web-v2' },
    {
      line: `curl ${shop}/api/items`,
      shows: 'one of two endpoints answers, and shows the headers that the gateway adds',
    },
    {
      line: `curl -H 'x-canary: on' ${shop}/`,
      shows: 'web-v2, always: the route with the header is more specific',
    },
    {
      line: `curl '${shop}/api/items?fail=${failingPort}'`,
      shows: `never an error: the 503 of ${failingPort} is tried again at the other endpoint`,
    },
    { line: `curl -i ${shop}/old/page`, shows: 'a redirect to /api/page' },
    { line: `curl ${plain}/hello`, shows: 'the gateway itself answers' },
    { line: `curl -i ${plain}/nothing`, shows: '404, with its reason: no_route_path' },
    {
      line: `npx tidegate explain GET ${shop}/apis --admin ${admin}`,
      shows: 'the whole chain of decisions, with the health of the endpoints',
    },
    { line: `curl -s ${admin}/metrics | grep ^tidegate_requests_total`, shows: 'what was counted so far' },
  ]
}
