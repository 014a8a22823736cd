/** From a token's number to the slots of a query that it may stand for: kept from query to query, cleared by each. */

const FIRST_ROOM = 512

export class Marks {
  /** By token: its first mark, 0 for none. */
  heads = new Int32Array(0)
  next = new Int32Array(FIRST_ROOM)
  slot = new Int32Array(FIRST_ROOM)
  relation = new Int32Array(FIRST_ROOM)
  #token = new Int32Array(FIRST_ROOM)
  #count = 1

  /** Makes room for tokens. */
  reach(tokens: number): void {
    if (this.heads.length < tokens) this.heads = new Int32Array(tokens * 2)
  }

  add(token: number, slot: number, relation: number): void {
    if (this.#count === this.next.length) this.#grow()
    const mark = this.#count++
    this.slot[mark] = slot
    this.relation[mark] = relation
    this.next[mark] = this.heads[token] ?? 0
    this.#token[mark] = token
    this.heads[token] = mark
  }

  clear(): void {
    for (let mark = 1; mark < this.#count; mark++) this.heads[this.#token[mark] ?? 0] = 0
    this.#count = 1
  }

  #grow(): void {
    const longer = (list: Int32Array): Int32Array<ArrayBuffer> => {
      const made = new Int32Array(list.length * 2)
      made.set(list)
      return made
    }
    this.next = longer(this.next)
    this.slot = longer(this.slot)
    this.relation = longer(this.relation)
    this.#token = longer(this.#token)
  }
}
