/* Nobody sleeps on work: the handler ring between an lcore and a JavaScript thread (native/core/handler_ring.cc,
 * consumer.cc, lcore.cc; lib/ring).
 *
 * Stores of the lcore reach memory late (StoreBuffer), as on x86-64 and arm64, but for its full fence and atomic
 * exchanges. JavaScript's Atomics are sequentially consistent.
 *
 * Checked: with weak fairness, every packet is answered and executed. Sleeps have no time limit here: the ones in the
 * code only hide what this would find.
 *
 * Each of these takes something away that is needed, and must be found:
 *   -DNO_SECOND_LOOK   the thread sleeps without looking once more
 *   -DONE_LOOK         the lcore looks for a sleeper only right after it has published
 *   -DNO_FENCE         the lcore sleeps without its announcement being seen
 *   -DNO_THIRD_LOOK    the lcore does not look for a sleeper again when it goes to sleep itself
 *   -DNO_DOORBELL      JavaScript does not look for a sleeping lcore
 */
#define PACKETS 3

byte memory_produced, memory_completed;  /* what the other side sees */
bool memory_asleep;
bool armed, doorbell;                    /* only exchanged atomically */

byte produced, reaped;                   /* the lcore's own */
bool produced_late, asleep_late;
bool asleep;

inline flush() {
  d_step {
    if :: produced_late -> memory_produced = produced; produced_late = false :: else fi;
    if :: asleep_late -> memory_asleep = asleep; asleep_late = false :: else fi
  }
}

inline look_for_sleeper() {
  if
  :: reaped != produced && armed ->
    if
    :: memory_completed != produced -> atomic { flush(); armed = false }
    :: else
    fi
  :: else
  fi
}

active proctype StoreBuffer() {
end:
  do
  :: produced_late || asleep_late -> flush()
  od
}

active proctype Lcore() {
  do
  :: reaped == PACKETS -> break
  :: else ->
    /* receive */
    if
    :: produced < PACKETS -> d_step { produced++; produced_late = true };
#ifdef ONE_LOOK
      look_for_sleeper()
#endif
    :: produced == PACKETS || produced > reaped -> skip
    fi;
    /* reap */
    reaped = memory_completed;
#ifndef ONE_LOOK
    look_for_sleeper();
#endif
    /* rest, with nothing to do but wait for JavaScript */
    if
    :: produced == PACKETS && reaped != produced && !armed ->
      doorbell = true;
      d_step { asleep = true; asleep_late = true };
#ifndef NO_FENCE
      flush();
#endif
#ifndef NO_THIRD_LOOK
      look_for_sleeper();
#endif
      if
      :: memory_completed == reaped -> !doorbell
      :: else
      fi;
      doorbell = false;
      d_step { asleep = false; asleep_late = true }
    :: true
    fi
  od
}

active proctype JavaScript() {
  byte consumed = 0;
  do
  :: consumed == PACKETS -> break
  :: else ->
    /* drain */
    if
    :: memory_produced != consumed ->
      consumed = memory_produced;
      memory_completed = consumed;
#ifndef NO_DOORBELL
      if
      :: memory_asleep -> doorbell = false
      :: else
      fi
#endif
    :: else ->
      /* sleep */
      armed = true;
#ifndef NO_SECOND_LOOK
      if
      :: memory_produced == consumed -> !armed
      :: else -> armed = false
      fi
#else
      !armed
#endif
    fi
  od
}

ltl answered { <> (reaped == PACKETS) }
