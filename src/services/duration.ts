import { z } from 'zod'
import { parseDuration } from '../time/index.js'

/** `10m`, `48h`, `365d` in a service's file, read as milliseconds. */
export const duration = z.string().transform((text, context): number => {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  context.addIssue({ code: 'custom', message: `'${text}' is no duration; write 10m, 48h or 365d` })
  return z.NEVER
})
