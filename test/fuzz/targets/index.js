/**
 * What is fuzzed. A target is an object:
 *   name, about      what `--target` calls it; one line for people
 *   seeds()          inputs to begin with, beside those in corpus/NAME
 *   tokens, most     pieces of the format for the mutator; the longest input
 *   mutate           optional: a mutation of its own, where the input is a container of files
 *   waits            its time is the disk's, not its own, and is not held to a limit
 *   run(bytes)       runs one input; throws where something doesn't hold; gives features of the outcome
 *                    (short texts, few in number), or a promise of them
 */
export const TARGETS = {
  frame: () => import('./frame.js'),
  text: () => import('./text.js'),
  xml: () => import('./xml.js'),
  codecs: () => import('./codecs.js'),
  answer: () => import('./answer.js'),
  config: () => import('./config.js'),
  records: () => import('./records.js'),
  segment: () => import('./segment.js'),
  journal: () => import('./journal.js'),
  control: () => import('./control.js'),
}

/** @param {string} name */
export async function loadTarget(name) {
  return (await TARGETS[name]()).target
}
