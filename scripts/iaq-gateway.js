#!/usr/bin/env node
// The command. In a checkout it first makes sure that the build is there and current.
import { ensureBuilt } from './ensure.js'

ensureBuilt()
const { main } = await import('../dist/cli/main.js')
await main(process.argv)
