/** What native/napi/address_table.cc exports. Tables of MAC addresses, for the action `bridge`. */

export interface NativeAddressTableExports {
  addressTableCreate(capacity: number): Promise<number>
  addressTableFree(table: number): Promise<void>
  addressTableSize(table: number): number
  addressTableSet(table: number, address: string, port: number): Promise<void>
  addressTableRemove(table: number, address: string): Promise<boolean>
  /** Forgets those that were not heard for so many milliseconds, and returns them. */
  addressTableExpire(table: number, milliseconds: number): Promise<string[]>
}
