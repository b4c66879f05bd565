/**
 * Packets and their headers are flyweights: one object per ring, pointed at one packet after the other. So looking at a
 * packet allocates nothing; and whoever keeps the object sees the next packet in it.
 */

/** Points a flyweight somewhere else. Not for users: what it may be pointed at, the batch knows. */
export const point: unique symbol = Symbol('point')
