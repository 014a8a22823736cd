import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * Whether an address, however it is written (`::ffff:127.0.0.1`, `0:0:0:0:0:0:0:1`), is this machine's own. Of names
 * only `localhost` is taken for one here; what it stands for is looked up before it is listened on.
 */
export function isLoopback(host: string): boolean {
  const address = host.split('%', 1)[0] ?? ''
  const version = isIP(address)
  if (version === 0) return host.toLowerCase() === 'localhost'
  return loopback.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** Every address of a name, as the system finds them. */
export type Lookup = (host: string) => Promise<readonly string[]>

const bySystem: Lookup = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

/**
 * The address to listen on where nobody else may reach it: a hosts file can say that `localhost` lies elsewhere.
 * @throws {Error} saying which address is not a loopback one.
 */
export async function loopbackAddress(host: string, find: Lookup = bySystem): Promise<string> {
  const addresses = isIP(host) === 0 ? await find(host) : [host]
  const elsewhere = addresses.find((address) => !isLoopback(address))
  if (elsewhere !== undefined)
    throw new Error(`${host} stands for ${elsewhere}, which is not a loopback address`)
  const [first] = addresses
  if (first === undefined) throw new Error(`${host} stands for no address`)
  return first
}
