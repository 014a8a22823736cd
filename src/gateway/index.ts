/**
 * The gateway room: puts the parts together from a checked configuration, starts, drains and stops. This is the
 * library's public face.
 */
export { type ControlCall, type ControlReply, callControl } from './control-client.js'
export { createGateway, type Gateway, type GatewayOptions, offsetMinutes } from './gateway.js'
export { Persons } from './persons.js'
