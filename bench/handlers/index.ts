/** The handlers that are measured, as functions; each is a module for Workers too. */
import { handler as flowCounter } from './flow-counter.js'
import { handler as macSwap } from './mac-swap.js'
import { handler as route } from './route.js'

export const handlers = { 'mac-swap': macSwap, 'flow-counter': flowCounter, route }
export type HandlerName = keyof typeof handlers
