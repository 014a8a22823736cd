/**
 * The link room: sockets, TLS, framings, keep-alives and back-pressure. It hands whole messages to the exchange and
 * writes what it is given; it never looks into a message.
 */
export type { LinkConnection } from './connection.js'
export type { Details, Note } from './refusals.js'
export { checkDoors, LinkServer, type LinkServerOptions } from './server.js'
