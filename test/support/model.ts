import type { Model } from '../../src/model/model.ts'
import { printProblem } from '../../src/model/problem.ts'
import { type SourceFile, translateStandalone } from '../../src/translate/standalone.ts'

/** What surrounds a translation that has no secrets. */
export const noSecrets = { env: {}, readSecret: () => undefined }

/** The model of a configuration. @throws {Error} with all its problems when it has errors. */
export function modelOf(text: string, previous?: Model): Model {
  const ranks = new Map(previous?.routes.map(({ id, rank }) => [id, rank]))
  const { model, problems } = translateStandalone([fileOf(text)], { ...noSecrets, ranks })
  if (model === undefined) throw new Error(problems.map(printProblem).join('\n'))
  return model
}

/** The problems of a configuration, as they are printed. */
export function problemsOf(text: string): readonly string[] {
  return translateStandalone([fileOf(text)], noSecrets).problems.map(printProblem)
}

/** A file to translate. */
export function fileOf(text: string, path = 'gateway.yaml'): SourceFile {
  return { path, text }
}
