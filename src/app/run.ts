import type { ChildProcess } from 'node:child_process'
import { flushCompileCache } from 'node:module'
import { applyDifference } from '../control/difference.ts'
import { Loader } from '../control/loader.ts'
import type { SourcesReport } from '../control/loader-messages.ts'
import type { Loaded } from '../control/reconciler.ts'
import { printProblem } from '../model/problem.ts'
import type { Settings } from '../model/settings.ts'
import { systemClock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { ControlMetrics } from '../telemetry/control-metrics.ts'
import type { Logger } from '../telemetry/log.ts'
import type { LogLevel } from '../telemetry/log-format.ts'
import { adminListen } from './admin-listen.ts'
import { ConfigFollower } from './config-follower.ts'
import { defectDrainMs, onUncaught } from './defects.ts'
import { forkChild, workerFile } from './fork-worker.ts'
import type { GatewayRun, GatewayRunDeps } from './gateway-run.ts'
import { keepHeapsSmall } from './heap-growth.ts'
import { loadOptions } from './load-options.ts'
import { openLog } from './log-setup.ts'
import { redisSettings } from './redis-settings.ts'
import { onSignals } from './signals.ts'
import { versionFacts } from './version.ts'

export interface RunOptions {
  readonly paths: readonly string[]
  /** Instead of what the configuration says; so with `logLevel`. */
  readonly workers: number | undefined
  readonly logLevel: LogLevel | undefined
}

/** Runs a gateway until a signal ends it; gives the exit code. */
export async function runGateway(options: RunOptions): Promise<number> {
  const { version, node, warning } = versionFacts()
  const metrics = new ControlMetrics(version)
  await using log = await openLog(options.logLevel ?? 'info', {}, (lines) =>
    metrics.logLinesDropped('gateway', lines),
  )
  const { logger } = log
  logger.info(`tidegate ${version} on Node ${node}`, { version, node, pid: process.pid })
  if (warning !== null) logger.warn(warning)

  // Nearly everything else lets the process end: sockets, timers and threads are told to.
  const alive = setInterval(() => {}, 2 ** 30)
  const exitCode = await new Lifetime(options, logger, metrics).untilEnd()
  clearInterval(alive)
  return exitCode
}

/** From the first load to the exit code. */
class Lifetime {
  readonly #options: RunOptions
  readonly #logger: Logger
  readonly #metrics: ControlMetrics
  readonly #loader: Loader
  readonly #follower: ConfigFollower
  /** How sources stood when there was no gateway yet. */
  #sources: SourcesReport | undefined
  readonly #ended = Promise.withResolvers<number>()
  /** Worker processes that load their code while we load ours; only the command line tells so early that there are some. */
  readonly #waiting: ChildProcess[] = []
  #run: GatewayRun | undefined
  #isStopping = false

  constructor(options: RunOptions, logger: Logger, metrics: ControlMetrics) {
    this.#options = options
    this.#logger = logger
    this.#metrics = metrics
    const { paths } = options
    this.#loader = new Loader(loadOptions(paths), () => this.#run?.model(), {
      onChanged: () => this.#follower.takeChanges(),
      onMembership: (told) => this.#follower.takeMembership(told),
      onSources: (report) => {
        this.#sources = report
        this.#run?.onSources(report)
      },
      onDied: (error) => this.#follower.onDied(error),
      onLog: ({ level, message, fields }) => logger[level](message, fields),
    })
    this.#follower = new ConfigFollower({
      clock: systemClock,
      logger,
      paths,
      loader: this.#loader,
      onLoaded: (loaded) => this.#run?.receive(loaded),
      onMembership: (told) => this.#run?.receiveMembership(told),
    })
  }

  untilEnd(): Promise<number> {
    const actions = {
      onReload: () => this.#follower.reload('SIGHUP'),
      onReopenLogs: () => this.#run?.reopenLogs(),
      onStop: (signal: string) => void this.#stop(signal, 0),
      onStopAtOnce: (exitCode: number) => {
        this.#run?.kill()
        process.exit(exitCode)
      },
    }
    onSignals(process, actions, systemClock)
    onUncaught(this.#logger, () => void this.#stop('an uncaught exception', 1, defectDrainMs))
    void this.#start()
    return this.#ended.promise
  }

  async #start(): Promise<void> {
    const { workers = 1 } = this.#options
    if (workers > 1) this.#waiting.push(...Array.from({ length: workers }, () => forkChild(workerFile)))
    // What comes next is loaded while the configuration is.
    const [loaded, { GatewayRun }] = await Promise.all([this.#follower.first(), import('./gateway-run.ts')])
    if (this.#isStopping) return
    const start = this.#startOf(loaded)
    if (start === undefined) {
      await this.#follower[Symbol.asyncDispose]()
      this.#end(1)
      return
    }
    this.#run = await GatewayRun.create(start)
    if (this.#sources !== undefined) this.#run.onSources(this.#sources)
    const started = this.#run.start(loaded)
    this.#follower.begin()
    await started
    // A process that is killed would not keep what it compiled.
    flushCompileCache()
  }

  /** `undefined` when what was loaded is no beginning; why has been said. */
  #startOf(loaded: Loaded): GatewayRunDeps | undefined {
    const logger = this.#logger
    const { difference, problems } = loaded
    if (loaded.result === 'bad' || difference === undefined) {
      for (const problem of problems) logger.error(printProblem(problem))
      logger.error('there is no good configuration to start with')
      return undefined
    }
    const model = applyDifference(undefined, difference)
    const settings = effectiveSettings(model.settings, this.#options)
    const admin = adminListen(settings.admin)
    if (typeof admin === 'string') {
      logger.error(admin)
      return undefined
    }
    if (admin?.token !== undefined) logger.hide(admin.token.reveal())
    const { missing = [], secrets = [] } = settings.redis === undefined ? {} : redisSettings(settings.redis)
    for (const secret of secrets) logger.hide(secret.reveal())
    for (const sentence of missing) logger.error(sentence)
    if (missing.length > 0) return undefined
    logger.setLevel(settings.log.level)
    if (settings.workers > 1) keepHeapsSmall()
    const onInForce = (hash: string): void => this.#loader.inForce(hash)
    const common = { clock: systemClock, logger, metrics: this.#metrics, waiting: this.#waiting }
    return { ...common, settings, model, admin, file: this.#options.paths.join(', '), onInForce }
  }

  async #stop(why: string, exitCode: number, atMost?: Ms): Promise<void> {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#logger.info('stopping', { why })
    await Promise.all([this.#run?.stop(atMost), this.#follower[Symbol.asyncDispose]()])
    this.#logger.info('stopped')
    this.#end(exitCode)
  }

  #end(exitCode: number): void {
    for (const child of this.#waiting) child.kill('SIGKILL')
    this.#ended.resolve(exitCode)
  }
}

/** The command line wins over the file. */
function effectiveSettings(settings: Settings, { workers, logLevel }: RunOptions): Settings {
  return {
    ...settings,
    workers: workers ?? settings.workers,
    log: { ...settings.log, level: logLevel ?? settings.log.level },
  }
}
