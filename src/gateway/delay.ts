import type { DelayConfig } from '../config/index.js'

/** How long the centre takes for an answer, drawn anew at each call. Milliseconds. */
export function delaySampler(delay: DelayConfig, random: () => number = Math.random): () => number {
  if (typeof delay === 'number') return () => delay
  const { min } = delay
  if (delay.distribution === 'uniform') {
    const range = Math.max(0, (delay.max ?? min) - min)
    return () => Math.round(min + random() * range)
  }
  const mean = Math.max(0, (delay.mean ?? min) - min)
  const max = delay.max ?? Number.POSITIVE_INFINITY
  return () => Math.round(Math.min(max, min - mean * Math.log(1 - random())))
}
