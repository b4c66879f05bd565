/* What the control thread removes is not freed while an lcore may use it (native/core/lcore.cc, synchronize).
 *
 * The lcore's stores reach memory late (StoreBuffer). Checked: the lcore never uses a freed schedule, and the control
 * thread always gets its answer.
 *
 * Must be found:
 *   -DCOUNT_ROUNDS   the lcore counts its rounds instead of answering requests: its next round may have begun before
 *                    the count is seen
 */
#define SWAPS 3

byte schedule = 0;       /* the one that lcores find */
bool freed[SWAPS + 1];
byte requested = 0;
byte memory_passed = 0;  /* what the control thread sees */
byte passed = 0;         /* the lcore's own */
bool passed_late = false;
bool stopping = false;

active proctype StoreBuffer() {
end:
  do
  :: passed_late -> d_step { memory_passed = passed; passed_late = false }
  od
}

active proctype Lcore() {
  byte current;
  do
  :: stopping -> break
  :: else ->
    current = schedule;
    assert(!freed[current]);  /* the round */
    assert(!freed[current]);
#ifdef COUNT_ROUNDS
    d_step { if :: passed < 250 -> passed++ :: else fi; passed_late = true }
#else
    byte request = requested;
    d_step { passed = request; passed_late = true }
#endif
  od
}

active proctype Control() {
  byte next = 1, wanted;
  do
  :: next > SWAPS -> break
  :: else ->
    schedule = next;
#ifdef COUNT_ROUNDS
    wanted = memory_passed + 1;
#else
    requested++;
    wanted = requested;
#endif
    memory_passed >= wanted;
    freed[next - 1] = true;
    next++
  od;
  stopping = true
}

ltl ends { <> stopping }
