import type { Outcome } from '../model/outcome.ts'
import { addToCell } from './add-to-cell.ts'
import { grpcCodes } from './metric-facts.ts'
import { columnOf, layouts } from './metric-layout.ts'
import type { TableSnapshot } from './metrics-snapshot.ts'
import { otherRow, SeriesTable } from './series-table.ts'

/** Methods that get a row of their own: clients choose the names, and a process has to keep them. */
const mostMethods = 200

/** `/package.Service/Method`, as long as names of people are. */
const methodPath = /^\/[A-Za-z0-9_.]{1,100}\/[A-Za-z0-9_]{1,60}$/

/** What a server says of a method that it does not have. */
const unimplemented = 12

const routes = { width: layouts.grpc_route.width, at: columnOf('grpc_responses_total') } as const
const methods = { width: layouts.grpc_method.width, at: columnOf('grpc_method_responses_total') } as const

/** Counts gRPC calls by route and by method; rows begin with the first call, so that others cost nothing. */
export class GrpcMetrics {
  readonly #routes: SeriesTable
  readonly #allRoutes: SeriesTable
  readonly #methods = new SeriesTable(methods.width, mostMethods)

  /**
   * @param rows largest number of routes.
   * @param allRoutes the table where each route has a row from its beginning.
   */
  constructor(rows: number, allRoutes: SeriesTable) {
    this.#routes = new SeriesTable(routes.width, rows)
    this.#allRoutes = allRoutes
  }

  /** Names that were turned away, of routes and of methods. */
  get overflows(): readonly number[] {
    return [this.#routes.overflows, this.#methods.overflows]
  }

  /** A call ended; `grpcStatus` is not negative. */
  count({ route, routeSeries, path, grpcStatus, attempts }: Outcome): void {
    const status = Math.min(grpcStatus, grpcCodes.length - 1)
    const routeRow = this.#routes.rowBeside(route, this.#allRoutes, routeSeries)
    if (routeRow !== undefined) addToCell(this.#routes.cells, routeRow * routes.width + routes.at + status, 1)
    // A name that nobody knows is not kept: else a client could use all rows up.
    const isKnown = attempts > 0 && grpcStatus !== unimplemented && methodPath.test(path)
    const row = isKnown ? this.#methods.row(path.slice(1)) : otherRow
    addToCell(this.#methods.cells, row * methods.width + methods.at + status, 1)
  }

  /** The route is gone. */
  retireRoute(id: string): void {
    this.#routes.retire(id)
  }

  snapshot(): { readonly grpc_route: TableSnapshot; readonly grpc_method: TableSnapshot } {
    return { grpc_route: this.#routes.snapshot(), grpc_method: this.#methods.snapshot() }
  }
}
