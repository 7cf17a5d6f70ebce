package auditor

import (
	"fmt"
	"math"
)

// moment is what something was after an act, by the act's place in the books.
type moment[T any] struct {
	act   int
	state T
}

// timeline is what something was after each act that touched it. Acts of one entity stand in the order of its locks, which is
// the order in which anybody can have seen them.
type timeline[T any] []moment[T]

// now is the last state; false where there was none yet.
func (t timeline[T]) now() (state T, there bool) {
	if len(t) == 0 {
		return state, false
	}
	return t[len(t)-1].state, true
}

// span is when an act can have been done: not before the first call that asked for it began, and before the first answer to it.
type span struct{ begun, done int64 }

// forever is the end of what nobody was told.
const forever = math.MaxInt64

// window is what a call can have seen: the states between the last one that was acknowledged before the call began and the last
// one that was asked for before the call ended. Absent is true where there may have been none yet.
type window[T any] struct {
	states []T
	absent bool
}

// seenBy is the window of a call. What the house does by itself may be done at any time.
func seenBy[T any](t timeline[T], spans []span, call *Call) window[T] {
	first := -1
	for i, m := range t {
		if spans[m.act].done < call.Began {
			first = i
		}
	}
	w := window[T]{absent: first < 0}
	for i := max(0, first); i < len(t); i++ {
		if i > first && spans[t[i].act].begun > call.Ended {
			break
		}
		w.states = append(w.states, t[i].state)
	}
	return w
}

// outOfOrder finds acts of one entity that stand after an act which was asked for only when they were acknowledged.
func outOfOrder[T any](m *orderModel, subject string, t timeline[T]) {
	begun, of := int64(0), -1
	for _, at := range t {
		s := m.spans[at.act]
		if of >= 0 && s.done < begun {
			m.find(Finding{
				Rule: "acts stand in an order that the clients did not see", Subjects: []string{subject},
				Text: fmt.Sprintf("%s: act %d was asked for at tick %d, and act %d, which stands after it, was acknowledged at %d",
					subject, of, begun, at.act, s.done),
			})
			return
		}
		if s.begun > begun {
			begun, of = s.begun, at.act
		}
	}
}
