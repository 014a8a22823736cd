import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mutate } from './mutate.js'

/**
 * A folder of files as one input: a line of JSON with names and lengths, then the files. Mutations are of a file's
 * bytes or of the folder, so that the packing itself stays whole.
 */
export function pack(files) {
  const head = JSON.stringify(files.map(({ name, bytes }) => [name, bytes.length]))
  return Buffer.concat([Buffer.from(`${head}\n`), ...files.map(({ bytes }) => bytes)])
}

export function packFolder(dir) {
  const names = readdirSync(dir)
    .filter((name) => !name.startsWith('.'))
    .sort()
  return pack(names.map((name) => ({ name, bytes: readFileSync(join(dir, name)) })))
}

export function unpack(input) {
  const end = input.indexOf(10)
  let at = end + 1
  return JSON.parse(input.toString('utf8', 0, end)).map(([name, length]) => {
    const bytes = input.subarray(at, at + length)
    at += length
    return { name, bytes }
  })
}

/** Puts the files into an empty folder. */
export function unpackInto(dir, input) {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  for (const { name, bytes } of unpack(input)) writeFileSync(join(dir, name), bytes)
}

/** Inputs that a run shrinks or a hand has cut may be no container any more. */
export function isContainer(input) {
  try {
    return unpack(input).every(({ name }) => /^[\w.-]+$/.test(name))
  } catch {
    return false
  }
}

export function mutateContainer(random, input, how) {
  const files = unpack(input)
  const at = random.below(files.length)
  const file = files[at]
  if (!file) return input
  const kind = random.below(12)
  if (kind === 0) files.splice(at, 1)
  else if (kind === 1) files[at] = { ...file, bytes: random.of(files).bytes }
  else if (kind === 2)
    [files[at], files[0]] = [
      { ...file, bytes: files[0].bytes },
      { ...files[0], bytes: file.bytes },
    ]
  else if (kind === 3) {
    const other = unpack(how.other())
    if (other.length > 0) files[at] = { ...file, bytes: random.of(other).bytes }
  } else if (kind === 4)
    files[at] = { ...file, bytes: file.bytes.subarray(0, random.below(file.bytes.length + 1)) }
  else {
    const other = () => {
      const theirs = unpack(how.other())
      return theirs.length > 0 ? random.of(theirs).bytes : Buffer.alloc(0)
    }
    files[at] = {
      ...file,
      bytes: mutate(random, file.bytes, { ...how, most: Math.max(how.most, file.bytes.length + 64), other }),
    }
  }
  return pack(files)
}
