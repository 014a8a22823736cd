/**
 * iaq-gateway as a library: a gateway inside a tester's own suite, and a client to speak to any.
 *
 *     const gateway = await createGateway({ config: loadConfig({ flags: { data: dir, 'listen.0.port': 0 } }) })
 *     const client = await connect({ host: '127.0.0.1', port: gateway.port })
 */
export * from './client/index.js'
export { type ConfigSources, FaultError, loadConfig, type ResolvedConfig } from './config/index.js'
export { createGateway, type Gateway, type GatewayOptions } from './gateway/index.js'
export type { Candidate, Evidence, Grade, Matcher, MatchQuery, MatchResult } from './matching/index.js'
export type { PersonRecord, RecordLine } from './records/index.js'
