import { type LoadResult, load } from '../load-client.ts'
import { ClusterStage, type GatewayInCluster } from './cluster-stage.ts'
import type { ControlPlane } from './control-plane.ts'
import { eventually } from './eventually.ts'
import type { KubeClient } from './kube-client.ts'
import { ingress } from './objects.ts'

/** How the API server goes away. */
export interface OutageKind {
  readonly name: 'killed' | 'stopped'
  /** What is left of connections. */
  readonly shown: string
  begin(plane: ControlPlane): Promise<void> | void
  /** Has it come back as it was, on the same port. */
  end(plane: ControlPlane): Promise<void> | void
}

export const outageKinds: readonly OutageKind[] = [
  {
    name: 'killed',
    shown: 'killed: its connections are reset and its port refuses',
    begin: (plane) => plane.killApiServer(),
    end: (plane) => plane.startApiServer(),
  },
  {
    name: 'stopped',
    shown: 'stopped by SIGSTOP: its connections stay open, its port accepts, and nothing is answered',
    begin: (plane) => plane.pauseApiServer(),
    end: (plane) => plane.continueApiServer(),
  },
]

export interface OutageSurroundings {
  readonly plane: ControlPlane
  readonly stage: ClusterStage
  readonly gateway: GatewayInCluster
}

export interface OutageResult {
  readonly load: LoadResult
  /** Whether the change was there before the API server was back. */
  readonly servedMeanwhile: boolean
  /** From the moment the API server answered again until the change was in force. */
  readonly pickedUpAfterMs: number
}

/**
 * Takes the API server away under load, makes an Ingress meanwhile through another one, has it come back when `lasts` is over, and
 * waits for the Ingress to be served. The stage has a Service `web` with an Ingress for `steady.test`.
 *
 * @param lasts settles when it has been away for long enough; it is told how many requests were answered.
 */
export async function outage(
  kind: OutageKind,
  { plane, stage, gateway }: OutageSurroundings,
  lasts: (answered: () => number) => Promise<void>,
): Promise<OutageResult> {
  const { client } = await plane.besides()
  const host = `${kind.name}.test`
  const done = new AbortController()
  let asked = 0
  const running = load({
    port: gateway.process.port('web'),
    connections: 8,
    request: (n) => {
      asked = n
      return 'GET / HTTP/1.1\r\nHost: steady.test\r\n\r\n'
    },
    thinkMs: () => 1,
    signal: done.signal,
  })
  try {
    await kind.begin(plane)
    await makeMeanwhile(client, stage, host)
    const before = asked
    await lasts(() => asked - before)
    const { status } = await gateway.ask({ host })
    await kind.end(plane)
    await plane.access.client.request('GET', '/readyz')
    const back = performance.now()
    await gateway.served({ host }, 'web')
    const pickedUpAfterMs = performance.now() - back
    done.abort()
    return { load: await running, servedMeanwhile: status !== 404, pickedUpAfterMs }
  } finally {
    done.abort()
  }
}

async function makeMeanwhile(client: KubeClient, stage: ClusterStage, host: string): Promise<void> {
  const { namespace, className } = stage
  await client.create(
    ingress({ namespace, name: host.replace('.test', ''), className, rules: { [host]: { '/': 'web:80' } } }),
  )
}

/** Makes what `outage` needs; when that fails, the control plane is stopped. */
export async function openOutageStage(plane: ControlPlane): Promise<OutageSurroundings> {
  const stage = await ClusterStage.open(plane.access)
  try {
    return { plane, stage, gateway: await steadyGateway(stage) }
  } catch (error) {
    await stage[Symbol.asyncDispose]()
    await plane.stop()
    throw error
  }
}

/** A gateway that serves `steady.test`. */
async function steadyGateway(stage: ClusterStage): Promise<GatewayInCluster> {
  const { namespace, className, client } = stage
  await stage.deploy({ service: 'web', replicas: 3 })
  const rules = { 'steady.test': { '/': 'web:80' } }
  await client.create(ingress({ namespace, name: 'steady', className, rules }))
  const gateway = await stage.startGateway({ workers: 2 })
  await gateway.served({ host: 'steady.test' }, 'web')
  return gateway
}

interface SourceShown {
  readonly name: string
  readonly state: string
  readonly lastError: string
}

/** The sources of a gateway, as its admin address tells them, once the condition holds for one of them. */
export async function sourceThat(
  gateway: GatewayInCluster,
  is: (source: SourceShown) => boolean,
  what: string,
): Promise<SourceShown> {
  return await eventually(async () => {
    const { sources } = (await gateway.admin('/api/sources')) as { sources: SourceShown[] }
    return sources.find(is)
  }, what)
}
