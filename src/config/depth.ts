/** Levels that a file of ours may have; the formats need six. */
const LEVELS = 100
/** Indentation and the marks that open a level of their own, at a line's beginning. */
const MARGIN = /^[\s?:-]*/
const OPENERS = /[-?][ \t]/g
/** Beyond it a line is a machine's, with its brackets in pairs, and looking for quotes could take long. */
const LONG_LINE = 4096
/** Quoted texts and comments: brackets in them open nothing. */
const SILENT = /"(?:[^"\\]|\\.)*"|'[^']*'|(?:^|\s)#.*$/g

/**
 * The line in which a YAML text goes down further than any file of ours, undefined where none does. The parser goes
 * down with it by calling itself, and a stack that ends inside the engine's own code ends the process, so that this
 * must be known before. Counted roughly: what is refused is far from what anybody writes.
 */
export function tooDeep(text: string): number | undefined {
  let open = 0
  let number = 0
  for (const line of text.split('\n')) {
    number++
    const margin = MARGIN.exec(line)?.[0].length ?? 0
    if (margin > 2 * LEVELS || (line.match(OPENERS)?.length ?? 0) > LEVELS) return number
    for (const c of line.length > LONG_LINE ? line : line.replace(SILENT, '')) {
      if (c === '[' || c === '{') open++
      else if ((c === ']' || c === '}') && open > 0) open--
      if (open > LEVELS) return number
    }
  }
  return undefined
}
