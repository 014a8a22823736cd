/** Connections whose sockets are another thread's. */
export type { Place, Said } from './protocol.js'
export { Wire } from './wire.js'
export { NotListening, Wires } from './wires.js'
