/** What native/napi/filter.cc exports. Filter expressions. */

export interface NativeFilterFault {
  /** In libpcap's words. */
  message: string
  /** Where libpcap stopped, in bytes of UTF-8, and the word there, empty at the end; where it can be told. */
  place?: number
  word?: string
}

export interface NativeFilterExports {
  /** Why an expression is none; undefined when it is one. Needs no EAL. Looks up host names, which may block. */
  filterFault(expression: string): NativeFilterFault | undefined
}
