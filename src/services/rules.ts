import { join } from 'node:path'
import type { z } from 'zod'
import { readDocument } from '../config/index.js'

/**
 * How a service reads its file of `services/` in the formats folder.
 * @returns what reads and checks it; throws a {@link FaultError} naming file and line of every fault.
 */
export function rulesFile<S extends z.ZodType>(name: string, schema: S): (formatsDir: string) => z.output<S> {
  return (formatsDir) => readDocument(join(formatsDir, 'services', `${name}.yaml`), schema)
}
