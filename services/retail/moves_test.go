package retail

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// The state machines, as all pairs of a state and an act. A scenario must try each of them, whatever becomes of it.
var machines = []struct {
	what         string
	states, acts []string
}{
	{"hold ", []string{"NONE", "HELD", "LAPSED", "RELEASED", "EXPIRED", "COMMITTED"}, []string{"release", "sweep"}},
	{
		"PICKUP ", []string{"AWAITING_TRANSFER", "NEW", "ACCEPTED", "PICKING", "READY", "LAPSED", "COLLECTED", "EXPIRED_NO_SHOW", "CANCELLED", "REFUSED_BY_CUSTOMER", "REJECTED"},
		[]string{"accept", "pick", "ready", "pack", "collect", "deliver", "renew", "cancel", "noshow", "extend", "refuse", "reject", "lose", "comeback", "track", "ship", "label"},
	},
	{
		"SHIP ", []string{"NEW", "ACCEPTED", "PICKING", "PACKED", "SHIPPED", "DELIVERED", "CANCELLED", "REJECTED", "LOST", "RETURNED_TO_SENDER"},
		[]string{"accept", "pick", "ready", "pack", "ship", "deliver", "renew", "cancel", "noshow", "extend", "refuse", "reject", "lose", "comeback", "track", "label", "collect"},
	},
	{"NONE", nil, []string{" accept", " pick", " ready", " pack", " ship", " deliver", " cancel", " noshow", " collect", " renew", " extend", " refuse", " reject", " lose", " comeback", " track", " label"}},
	{
		"order ", []string{"NONE", "PENDING_PAYMENT", "OVERDUE", "CONFIRMED", "COMPLETED", "CANCELLED", "EXPIRED"},
		[]string{"pay", "cancel", "expire", "return", "exchange", "goodwill", "writeoff", "invoice", "authorise", "link", "place"},
	},
	{
		"payment ", []string{"NONE", "CREATED", "DECLINED", "AUTHORISED", "CAPTURED", "VOIDED", "REFUNDED", "REFUND_FAILED"},
		[]string{"authorise", "capture", "void", "refund"},
	},
	// A parcel, while the carrier has one of its shipment.
	{"parcel ", []string{"NONE", "UNNAMED", "SHIPPED", "DELIVERED", "LOST", "RETURNED_TO_SENDER"}, []string{"deliver", "lose", "comeback", "track"}},
	{"card ", []string{"NONE", "GOOD", "EXPIRED", "FORFEITED", "REPLACED"}, []string{"pay", "load", "replace"}},
	{"card ", []string{"NONE", "GOOD", "EXPIRED", "FORFEITED"}, []string{"forfeit"}},
	{"label ", []string{"NONE", "REQUESTED", "ISSUED", "WAITING", "DECLINED", "VOIDED", "USED", "GIVEN_UP"}, []string{"void", "ship"}},
	{
		"count ", []string{"NONE", "OPEN", "COUNTED", "CLOSED", "CANCELLED"},
		[]string{"read", "capture", "complete", "review", "post", "dismiss", "close", "abandon"},
	},
	{
		"transfer ", []string{"NONE", "REQUESTED", "DECLINED", "CANCELLED", "SHIPPED", "RECEIVED"},
		[]string{"arrive", "dispatch", "decline", "retract"},
	},
	{"cart ", []string{"NONE", "OPEN", "CONVERTED", "MERGED"}, []string{"fill", "merge", "convert", "leave"}},
	{
		"return request ", []string{"NONE", "REQUESTED", "APPROVED", "LAPSED", "IN_TRANSIT", "RECEIVED", "CLOSED", "REJECTED", "CANCELLED", "EXPIRED"},
		[]string{"approve", "reject", "cancel", "send", "receive", "inspect", "close", "expire"},
	},
	{
		"delivery ", []string{"NONE", "EXPECTED", "PARTIAL", "RECEIVED", "CLOSED", "CANCELLED"}, []string{"amend", "unload", "close"},
	},
}

func TestEveryMoveHasAScenario(t *testing.T) {
	missing := map[string]bool{}
	for _, m := range machines {
		for _, act := range m.acts {
			for _, state := range m.states {
				missing[m.what+state+" "+act] = true
			}
			if len(m.states) == 0 {
				missing[m.what+act] = true
			}
		}
	}
	for _, told := range allTold(t) {
		for move := range told.moved {
			delete(missing, move)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no scenario tries:\n%s", strings.Join(slices.Sorted(maps.Keys(missing)), "\n"))
	}
}

// TestTheMachinesKnowEveryState fails when a state is added to the rules and not to the machines.
func TestTheMachinesKnowEveryState(t *testing.T) {
	known := map[string]bool{}
	for _, m := range machines {
		for _, state := range m.states {
			known[m.what+state] = true
		}
	}
	constants := readSource(t).constants
	for kind, nouns := range map[string][]string{
		"HoldState": {"hold "}, "FulfilmentState": {"PICKUP ", "SHIP "}, "OrderState": {"order "}, "TransferState": {"transfer "},
		"DeliveryState": {"delivery "}, "CountState": {"count "}, "CartState": {"cart "}, "LabelState": {"label "}, "IntentState": {"payment "},
		"ReturnRequestState": {"return request "},
	} {
		if len(constants[kind]) == 0 {
			t.Errorf("there are no constants of %s", kind)
		}
		for name, state := range constants[kind] {
			if !slices.ContainsFunc(nouns, func(noun string) bool { return known[noun+state] }) {
				t.Errorf("%s is in no machine", name)
			}
			if kind == "FulfilmentState" && FulfilmentState(state).carried() && !known["parcel "+state] {
				t.Errorf("%s is in no machine of a parcel", name)
			}
		}
	}
}
