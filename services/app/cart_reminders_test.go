package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/app"
)

// reminded are the messages about a cart as "KIND MEDIUM STATE", sorted.
func (w *world) reminded(cart any) (all []string) {
	w.t.Helper()
	listed := w.do("staff", "messages/ListMessages", `{"cart":%q}`, cart)
	for i := 0; listed.at("messages", i) != nil; i++ {
		w.want(listed, map[string]any{fmt.Sprintf("messages.%d.cart", i): cart, fmt.Sprintf("messages.%d.order", i): ""})
		m := listed.at("messages", i).(map[string]any)
		all = append(all, strings.TrimPrefix(fmt.Sprint(m["kind"], " ", m["medium"], " ", m["state"]), "MESSAGE_KIND_"))
	}
	for i := range all {
		all[i] = strings.NewReplacer("MESSAGE_MEDIUM_", "", "MESSAGE_STATE_", "").Replace(all[i])
	}
	slices.Sort(all)
	return all
}

// TestCartReminders reminds whoever agreed to it of a cart that she left behind, and nobody else.
func TestCartReminders(t *testing.T) {
	t.Parallel()
	w, s, h := openTelling(t)
	policy := func(more string) {
		w.must("staff", "locations/PutChannel", strings.Replace(shopChannel, `"holdTime"`, more+`"holdTime"`, 1))
	}
	// left fills the cart of a device, and waits until it is left behind, with the log read so far.
	left := func(w *world, device, more string) (cart answer) {
		cart = w.must("staff", "carts/PutCart", filled(`"device":"`+device+`"`, goods("HAT", 2, "PICKUP", "milan")+","+goods("SOCK", 1, "SHIP", "milan"), more))
		eventually(w.t, "it is left behind and read of", func() bool {
			return w.count(`select count(*) from events e, jobs.cursors c where e.kind = 'CartAbandoned' and e.subject = 'cart/' || $1 and c.seq >= e.seq
				and c.reader = 'messages'`, cart.get("id")) == 1
		})
		return cart
	}
	wants := func(w *world, cart answer, want ...string) {
		w.t.Helper()
		eventually(w.t, "the messages are "+strings.Join(want, ", "), func() bool { return slices.Equal(w.reminded(cart.get("id")), want) })
	}
	agreed := func(email, phone, language string) string { return `,"remind":true` + contact(email, phone, language) }

	policy(`"cartsLeftAfter":"1s",`)
	t.Run("a channel that reminds nobody", func(t *testing.T) {
		w := w.in(t)
		wants(w, left(w, "a-device-without-reminders", agreed("nil@example.com", "", "")))
	})

	policy(`"cartsLeftAfter":"1s","cartReminders":true,`)
	t.Run("in Catalan, by e-mail and by phone, once", func(t *testing.T) {
		w := w.in(t)
		cart := left(w, "a-device-in-catalan", agreed("ada@example.com", "+34600111333", "ca-ES"))
		w.want(cart, map[string]any{"remind": true})
		wants(w, cart, "CART_LEFT_BEHIND EMAIL SENT", "CART_LEFT_BEHIND PHONE SENT")
		found := s.about("T’has deixat alguna cosa al cistell")
		if len(found) != 1 || found[0].to != "ada@example.com" || found[0].language != "ca" || !strings.Contains(found[0].text, "2 × Straw hat") ||
			!strings.Contains(found[0].text, "https://shop.example/cart") {
			t.Errorf("%+v", found)
		}
		h.mu.Lock()
		texts := 0
		for _, got := range h.got {
			texts += len(got)
		}
		h.mu.Unlock()
		if texts != 1 {
			t.Errorf("%d texts to the phone", texts)
		}
		if n := w.count("select count(*) from events where convert_from(body, 'UTF8') like '%ada@example.com%'"); n != 0 {
			t.Error("an event has the contact")
		}
		// An order that names the id of her cart does not take its messages.
		w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), fmt.Sprintf(`,"order":%q`, cart.get("id"))+
			contact("mallory@example.com", "", "")))
		if n := w.count("select count(*) from jobs.contacts where email = 'mallory@example.com'"); n != 0 {
			t.Error("the contact of a cart is put by an order")
		}
		// She goes on without a word of it, and her contact is forgotten.
		w.must("staff", "carts/PutCart", filled(`"device":"a-device-in-catalan"`, goods("HAT", 1, "PICKUP", "milan"), ""))
		if n := w.count("select count(*) from jobs.contacts where email = 'ada@example.com'"); n != 0 {
			t.Error("her contact is kept")
		}
	})
	t.Run("nobody who did not agree, or whose contact was erased", func(t *testing.T) {
		w := w.in(t)
		wants(w, left(w, "a-device-of-no-consent", ""))
		request := filled(fmt.Sprintf(`"requestId":%q,"device":"a-device-that-is-erased"`, newUUID()), goods("HAT", 1, "PICKUP", "milan"), agreed("eva@example.com", "", "es"))
		cart := w.must("staff", "carts/PutCart", request)
		erase := fmt.Sprintf(`{"cart":%q}`, cart.get("id"))
		if first, second := w.rest("staff", "messages/EraseContact", erase), w.must("staff", "messages/EraseContact", erase); first.at("erased") != true ||
			second.at("erased") == true {
			t.Errorf("%v, %v", first.body, second.body)
		}
		w.must("staff", "carts/PutCart", request) // again: it does not bring back what was erased
		if n := w.count("select count(*) from jobs.contacts where email <> '' and order_id = $1::uuid", cart.get("id")); n != 0 {
			t.Error("her contact came back")
		}
		// Nor does it where it was yet to be written when it was erased.
		w.sql("delete from jobs.contacts where order_id = $1::uuid", cart.get("id"))
		w.want(w.must("staff", "messages/EraseContact", erase), map[string]any{"erased": false})
		w.must("staff", "carts/PutCart", request)
		if n := w.count("select count(*) from jobs.contacts where email <> '' and order_id = $1::uuid", cart.get("id")); n != 0 {
			t.Error("her contact came after it was erased")
		}
		if a := w.grpcCall("staff", "messages/EraseContact", `{}`); a.reason != "INVALID_REQUEST" {
			t.Errorf("%v", a)
		}
	})
	t.Run("nobody whose cart became an order, or was withdrawn, before the message was written", func(t *testing.T) {
		w := w.in(t)
		s.mu.Lock()
		s.refuse = func(to string) string {
			if strings.HasPrefix(to, "slow") {
				return "450 later"
			}
			return ""
		}
		s.mu.Unlock()
		bought := left(w, "a-device-that-buys", agreed("slow1@example.com", "", ""))
		withdrawn := left(w, "a-device-that-withdraws", agreed("slow2@example.com", "", ""))
		for _, cart := range []answer{bought, withdrawn} {
			eventually(t, "it was tried", func() bool {
				return w.count("select count(*) from jobs.messages where order_id = $1::uuid and tries > 0", cart.get("id")) == 1
			})
		}
		w.must("staff", "orders/PlaceOrder", online("", `,"cart":{"device":"a-device-that-buys","version":"1"}`+paid("CARD", 2500)))
		if n := w.count("select count(*) from jobs.contacts where email = 'slow1@example.com'"); n != 0 {
			t.Error("the contact of what was bought is kept")
		}
		// As a process leaves it that dies behind the commit: the consent is gone, and the contact is still there.
		w.sql(`insert into jobs.contacts (order_id, email, phone, language, of_cart) values ($1::uuid, 'slow1@example.com', '', 'en', true)`, bought.get("id"))
		w.must("staff", "carts/PutCart", filled(`"device":"a-device-that-withdraws"`, goods("HAT", 1, "PICKUP", "milan"), ""))
		w.sql(`insert into jobs.contacts (order_id, email, phone, language, of_cart) values ($1::uuid, 'slow2@example.com', '', 'en', true)`, withdrawn.get("id"))
		s.mu.Lock()
		s.refuse = nil
		s.mu.Unlock()
		w.sql("update jobs.river_job set scheduled_at = now(), state = 'available' where state = 'retryable'")
		wants(w, bought, "CART_LEFT_BEHIND EMAIL SKIPPED")
		wants(w, withdrawn, "CART_LEFT_BEHIND EMAIL SKIPPED")
	})
	t.Run("somebody whose request comes again, long after it ended between her cart and her contact", func(t *testing.T) {
		policy(`"cartsLeftAfter":"604800s","cartReminders":true,`)
		w := w.in(t)
		request := filled(fmt.Sprintf(`"requestId":%q,"device":"a-device-of-a-crash"`, newUUID()), goods("HAT", 1, "PICKUP", "milan"), agreed("new@example.com", "", ""))
		cart := w.must("staff", "carts/PutCart", request)
		keeps := func(email string) {
			t.Helper()
			w.must("staff", "carts/PutCart", request)
			if n := w.count("select count(*) from jobs.contacts where order_id = $1::uuid and email = $2", cart.get("id"), email); n != 1 {
				t.Errorf("the contact is not %q", email)
			}
		}
		w.sql("delete from jobs.contacts where order_id = $1::uuid", cart.get("id"))
		w.later("10 minutes")
		keeps("new@example.com")
		// One that was said with the version before may be written last.
		w.sql("update jobs.contacts set email = 'old@example.com', put_at = put_at + interval '1 minute', as_of = as_of - 1 where order_id = $1::uuid", cart.get("id"))
		keeps("new@example.com")
		w.sql("update jobs.contacts set email = 'old@example.com', put_at = put_at - interval '1 hour', as_of = null where order_id = $1::uuid", cart.get("id"))
		keeps("new@example.com") // that of a server of the version before
		w.sql("update jobs.contacts set email = 'newer@example.com' where order_id = $1::uuid", cart.get("id"))
		keeps("newer@example.com")
		w.later("2 days")
		w.sql("delete from jobs.contacts where order_id = $1::uuid", cart.get("id"))
		w.must("staff", "carts/PutCart", request)
		if n := w.count("select count(*) from jobs.contacts where order_id = $1::uuid", cart.get("id")); n != 0 {
			t.Error("what was forgotten came back")
		}
	})
	w.audit()
}

// TestCartContactsAreTidied looks at what is forgotten by itself: no contact of a cart of which somebody may be reminded.
func TestCartContactsAreTidied(t *testing.T) {
	t.Parallel()
	w, _, _ := openTelling(t)
	for _, device := range []string{"a-device-that-waits-long", "a-device-that-is-forgotten"} {
		w.must("staff", "carts/PutCart", filled(`"device":"`+device+`"`, goods("HAT", 1, "PICKUP", "milan"),
			`,"remind":true`+contact(device+"@example.com", "", "")))
	}
	w.sql("update jobs.contacts set put_at = now() - interval '3 days'")
	w.must("staff", "carts/PutCart", filled(`"device":"a-device-that-is-forgotten"`, "", ""))
	w.sql(`insert into jobs.contacts (order_id, email, phone, language, of_cart, put_at)
		select id, 'gone@example.com', '', 'en', true, now() - interval '2 hours' from carts where lines = 'null'`)
	w.again(func(c *app.Config) { telling(newMailServer(t), newHook(t))(c) }) // which tidies when it begins
	eventually(t, "what nobody needs is forgotten", func() bool {
		return w.count("select count(*) from jobs.contacts where email = 'gone@example.com'") == 0
	})
	if n := w.count("select count(*) from jobs.contacts where email = 'a-device-that-waits-long@example.com'"); n != 1 {
		t.Error("a contact is forgotten that is still needed")
	}
}
