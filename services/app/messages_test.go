package app_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/app"
)

// mailServer is a server of e-mails for a test: real SMTP, as far as a client of ours needs it.
type mailServer struct {
	t  *testing.T
	at string
	mu sync.Mutex
	// got are the e-mails that were taken.
	got []gotMail
	// refuse answers a recipient; empty: it is taken.
	refuse func(to string) string
}

type gotMail struct{ to, id, subject, text, language string }

func newMailServer(t *testing.T) *mailServer {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{t: t, at: listener.Addr().String()}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { listener.Close(); serving.Wait() })
	return s
}

func (s *mailServer) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 test")
	to := ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.TrimSpace(line)); {
		case strings.HasPrefix(verb, "EHLO"):
			say("250 test")
		case strings.HasPrefix(verb, "RCPT TO:"):
			to = strings.Trim(strings.TrimSpace(line)[len("RCPT TO:"):], "<>")
			s.mu.Lock()
			answer := ""
			if s.refuse != nil {
				answer = s.refuse(to)
			}
			s.mu.Unlock()
			if answer == "" {
				answer = "250 ok"
			}
			say(answer)
		case verb == "DATA":
			say("354 go on")
			var body strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				body.WriteString(strings.TrimPrefix(line, "."))
			}
			s.take(to, body.String())
			say("250 ok")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *mailServer) take(to, body string) {
	m, err := mail.ReadMessage(strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	_, params, typeErr := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || typeErr != nil {
		s.t.Error(err, typeErr)
		return
	}
	part, err := multipart.NewReader(m.Body, params["boundary"]).NextPart() // which decodes what is quoted
	if err != nil {
		s.t.Error(err)
		return
	}
	text, err := io.ReadAll(part)
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, gotMail{to, m.Header.Get("Message-ID"), subject, string(text), m.Header.Get("Content-Language")})
}

// about returns the e-mails whose subject has some words.
func (s *mailServer) about(words string) (found []gotMail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.got {
		if strings.Contains(m.subject, words) {
			found = append(found, m)
		}
	}
	return found
}

// hook is a provider of text messages.
type hook struct {
	server *httptest.Server
	mu     sync.Mutex
	// got are the texts by the key of their message, answers what the provider answers first.
	got     map[string][]string
	answers []int
}

const hookSecret = "the secret of the webhook of the tests"

func newHook(t *testing.T) *hook {
	h := &hook{got: map[string][]string{}}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
		mac := hmac.New(sha256.New, []byte(hookSecret))
		fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); err != nil || r.Header.Get("webhook-signature") != want {
			t.Errorf("signed %s, want %s; %v", r.Header.Get("webhook-signature"), want, err)
		}
		var m struct{ Data struct{ ID, Text, To string } }
		if err := json.Unmarshal(body, &m); err != nil || m.Data.ID != id || r.Header.Get("Idempotency-Key") != id {
			t.Errorf("%s: %v", body, err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.got[id] = append(h.got[id], m.Data.Text)
		if len(h.answers) > 0 {
			w.WriteHeader(h.answers[0])
			h.answers = h.answers[1:]
		}
	}))
	t.Cleanup(h.server.Close)
	return h
}

// telling has the processes of a world tell customers through a server of e-mails and a provider.
func telling(s *mailServer, h *hook) func(c *app.Config) {
	return func(c *app.Config) {
		c.SMTPURL, c.MessagesFrom = "smtp://"+s.at+"?tls=off", "Alba <shop@alba.example>"
		c.WebhookURL, c.WebhookSecret, c.PublicURL = h.server.URL, hookSecret, "https://shop.example/orders"
		c.PayURL, c.CartURL = "https://shop.example/pay", "https://shop.example/cart"
	}
}

// openTelling is a shop that tells its customers.
func openTelling(t *testing.T) (*world, *mailServer, *hook) {
	t.Helper()
	s, h := newMailServer(t), newHook(t)
	w := openShop(t)
	w.again(telling(s, h))
	// The place in the log is that of the first look: what was there before is told to nobody.
	eventually(t, "the log is followed", func() bool { return w.count("select count(*) from jobs.cursors") == 1 })
	return w, s, h
}

// again starts the process of a world anew, with another configuration.
func (w *world) again(change func(c *app.Config)) {
	w.t.Helper()
	w.stop()
	w.configure = func(c *app.Config) (string, *slog.Logger) {
		change(c)
		return w.db.URL, slog.New(slog.DiscardHandler)
	}
	w.start()
}

func contact(email, phone, language string) string {
	return fmt.Sprintf(`,"contact":{"email":%q,"phone":%q,"language":%q}`, email, phone, language)
}

// told is what ListMessages says of an order: its messages as "KIND MEDIUM STATE", sorted.
func (w *world) told(order answer) (all []string) {
	w.t.Helper()
	listed := w.do("staff", "messages/ListMessages", `{"order":%q}`, order.at("id"))
	for i := 0; listed.at("messages", i) != nil; i++ {
		short := func(field, prefix string) string {
			return strings.TrimPrefix(listed.at("messages", i, field).(string), prefix)
		}
		all = append(all, short("kind", "MESSAGE_KIND_")+" "+short("medium", "MESSAGE_MEDIUM_")+" "+short("state", "MESSAGE_STATE_"))
	}
	slices.Sort(all)
	return all
}

func (w *world) tells(order answer, want ...string) {
	w.t.Helper()
	slices.Sort(want)
	var got []string
	defer func() {
		if w.t.Failed() {
			w.t.Logf("the order has %q, want %q", got, want)
		}
	}()
	eventually(w.t, "the customer is told", func() bool { got = w.told(order); return slices.Equal(got, want) })
}

// TestMessages tells customers of their orders, from being placed to coming back.
func TestMessages(t *testing.T) {
	t.Parallel()
	w, s, h := openTelling(t)

	t.Run("a pickup, in Catalan, by e-mail and by phone", func(t *testing.T) {
		w := w.in(t)
		order, work := w.ready("PICKUP", paid("CARD", 1000)+contact("ada@example.com", "+34600111222", "ca-ES"))
		w.tells(order, "ORDER_CONFIRMED EMAIL SENT", "ORDER_CONFIRMED PHONE SENT", "PICKUP_READY EMAIL SENT", "PICKUP_READY PHONE SENT",
			"PICKUP_REMINDER EMAIL QUEUED", "PICKUP_REMINDER PHONE QUEUED")
		right, _ := w.code(work)
		number := order.at("number").(string)
		ready := s.about("A punt per recollir: comanda " + number)
		if len(ready) != 1 || !strings.Contains(ready[0].text, right) || ready[0].to != "ada@example.com" || ready[0].language != "ca" ||
			!strings.Contains(ready[0].text, "https://shop.example/orders/"+order.at("id").(string)) {
			t.Errorf("%+v, want the code %s", ready, right)
		}
		found := 0
		h.mu.Lock()
		for _, texts := range h.got {
			if len(texts) == 1 && strings.Contains(texts[0], right) && strings.Contains(texts[0], number) {
				found++
			}
		}
		h.mu.Unlock()
		if found != 1 {
			t.Errorf("%d text messages with the code", found)
		}
		// Kept for longer, she is told so, and reminded later.
		w.must("staff", "fulfilments/ExtendPickup", with(work, fmt.Sprintf(`,"keepUntil":%q`, time.Now().AddDate(0, 0, 20).Format(time.RFC3339))))
		reminders := func(first, second string) []string {
			return []string{"ORDER_CONFIRMED EMAIL SENT", "ORDER_CONFIRMED PHONE SENT", "PICKUP_READY EMAIL SENT", "PICKUP_READY PHONE SENT",
				"PICKUP_EXTENDED EMAIL SENT", "PICKUP_EXTENDED PHONE SENT", "PICKUP_REMINDER EMAIL " + first, "PICKUP_REMINDER PHONE " + first,
				"PICKUP_REMINDER EMAIL " + second, "PICKUP_REMINDER PHONE " + second}
		}
		w.tells(order, reminders("QUEUED", "QUEUED")...)
		w.sql(`update jobs.river_job set scheduled_at = now(), state = 'available' where state = 'scheduled'
			and args->>'message' in (select id::text from jobs.messages where due_at < now() + interval '10 days')`)
		w.tells(order, reminders("SKIPPED", "QUEUED")...)
		// The time of the reminder comes after she was there.
		w.must("till", "fulfilments/CollectPickup", with(work, shown(right)))
		w.sql("update jobs.river_job set scheduled_at = now(), state = 'available' where state = 'scheduled'")
		w.tells(order, reminders("SKIPPED", "SKIPPED")...)
		w.must("staff", "returns/AcceptReturn", returned("milan", order.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
		eventually(t, "the return is told", func() bool { return len(s.about("Hem rebut la teva devolució de la comanda "+number)) == 1 })
	})

	t.Run("a parcel, in Spanish", func(t *testing.T) {
		w := w.in(t)
		order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 3, "SHIP", "milan"), paid("CARD", 3000)+contact("bea@example.com", "", "es")))
		work := w.work(order, "SHIP", "")
		w.must("staff", "fulfilments/ReadyFulfilment", work)
		w.must("staff", "fulfilments/ShipFulfilment", with(work, `,"carrier":"SEUR","tracking":"X-1","lines":[{"line":1,"quantity":"1"}]`))
		w.must("staff", "fulfilments/DeliverShipment", work)
		w.must("staff", "fulfilments/ShipFulfilment", with(work, `,"carrier":"MRW","tracking":"X-2"`))
		w.tells(order, "ORDER_CONFIRMED EMAIL SENT", "SHIPPED EMAIL SENT", "DELIVERED EMAIL SENT", "SHIPPED EMAIL SENT")
		shipped := s.about("El pedido " + order.at("number").(string) + " está en camino")
		if len(shipped) != 2 {
			t.Fatalf("%+v", shipped)
		}
		for _, said := range shipped { // each of its own parcel
			first := strings.Contains(said.text, "SEUR") && strings.Contains(said.text, "X-1") && strings.Contains(said.text, "1 ×")
			second := strings.Contains(said.text, "MRW") && strings.Contains(said.text, "X-2") && strings.Contains(said.text, "2 ×")
			if first == second {
				t.Errorf("%s", said.text)
			}
		}
	})

	t.Run("a payment that is due, made, and one that is not", func(t *testing.T) {
		w := w.in(t)
		unpaid := `,"paymentTime":"86400s"` + contact("eva@example.com", "", "pt-BR")
		order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), unpaid))
		w.tells(order, "PAYMENT_DUE EMAIL SENT", "PAYMENT_REMINDER EMAIL QUEUED")
		w.do("staff", "orders/PayOrder", `{"order":%q,"location":"milan"%s}`, order.at("id"), paid("CARD", 1000))
		w.tells(order, "ORDER_CONFIRMED EMAIL SENT", "PAYMENT_DUE EMAIL SENT", "PAYMENT_REMINDER EMAIL QUEUED")
		other := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), strings.Replace(unpaid, "86400s", "1s", 1)))
		eventually(t, "its end is told", func() bool {
			return len(s.about("A encomenda "+other.at("number").(string)+" terminou sem pagamento")) == 1
		})
	})

	t.Run("what is cancelled, with what goes back", func(t *testing.T) {
		w := w.in(t)
		order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 4, "PICKUP", "milan"), paid("CARD", 4000)+contact("ida@example.com", "", "")))
		w.do("staff", "orders/CancelLines", `{"order":%q,"lines":[{"line":1,"quantity":"2"}]}`, order.at("id"))
		w.do("staff", "orders/CancelLines", `{"order":%q,"lines":[{"line":1,"quantity":"1"}]}`, order.at("id"))
		w.tells(order, "ORDER_CONFIRMED EMAIL SENT", "CANCELLED EMAIL SENT", "CANCELLED EMAIL SENT")
		told := s.about("A part of order " + order.at("number").(string) + " is cancelled")
		slices.SortFunc(told, func(a, b gotMail) int { return strings.Compare(a.text, b.text) })
		// Each tells what was cancelled then, whatever was before.
		if len(told) != 2 || !strings.Contains(told[0].text, "1 × ") || !strings.Contains(told[0].text, "You get €10.00 back.") ||
			!strings.Contains(told[1].text, "2 × ") || !strings.Contains(told[1].text, "You get €20.00 back.") {
			t.Errorf("%+v", told)
		}
	})

	t.Run("what a place does not have, with what goes back", func(t *testing.T) {
		w := w.in(t)
		order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "milan"), paid("CARD", 2000)+contact("isa@example.com", "", "pt")))
		w.must("staff", "fulfilments/RejectUnits", with(w.work(order, "PICKUP", ""), missing+`,"lines":[{"line":1,"quantity":"1"}]`))
		w.tells(order, "ORDER_CONFIRMED EMAIL SENT", "REJECTED EMAIL SENT")
		told := s.about("Não podemos entregar toda a encomenda " + order.at("number").(string))
		if len(told) != 1 || !strings.Contains(told[0].text, "Devolvemos 10,00\u00a0€.") || !strings.Contains(told[0].text, "1 × ") {
			t.Errorf("%+v", told)
		}
	})

	t.Run("nobody without a contact, and nobody of what she carries out", func(t *testing.T) {
		w := w.in(t)
		silent := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), ""))
		carried := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CARD", 1000)+contact("uta@example.com", "", "")))
		after := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), contact("zoe@example.com", "", "")))
		w.tells(after, "ORDER_CONFIRMED EMAIL SENT")
		if len(w.told(silent)) > 0 || len(w.told(carried)) > 0 {
			t.Errorf("%q, %q", w.told(silent), w.told(carried))
		}
	})

	t.Run("a contact stands in no event, no answer and no book", func(t *testing.T) {
		w := w.in(t)
		if n := w.count("select count(*) from events where convert_from(body, 'UTF8') ~ 'example.com|34600111222'") +
			w.count("select count(*) from requests where convert_from(answer, 'UTF8') ~ 'example.com|34600111222'"); n != 0 {
			t.Errorf("%d times", n)
		}
	})

	t.Run("what is wrong with a contact is said", func(t *testing.T) {
		w := w.in(t)
		for _, c := range []struct{ contact, field string }{
			{contact("ada", "", ""), "contact.email"}, {contact("ada@example.com\\r\\nBcc: x@y.zz", "", ""), "contact.email"},
			{contact("", "600111222", ""), "contact.phone"}, {contact("a@b.cc", "", "de"), "contact.language"}, {contact("", "", "es"), "contact"},
		} {
			w.refused("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), strings.ReplaceAll(c.contact, `\\`, `\`)), "INVALID_REQUEST", c.field)
		}
		sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CARD", 1000)))
		leaves := `,"sale":` + with(basket("till", "milan", line("HAT", 1, ""), contact("a@b.cc", "", "")), `,"requestId":"`+newUUID()+`"`)
		w.refused("staff", "returns/ExchangeGoods", returned("milan", sold.at("id"), back(1, 1, "UNDECIDED"), leaves), "INVALID_REQUEST", "sale.contact")
		w.refused("site", "messages/ListMessages", `{}`, "PERMISSION_DENIED", "")
		w.refused("staff", "messages/ListMessages", `{"pageToken":"x"}`, "INVALID_REQUEST", "page_token")
	})
	w.audit()
}

// TestMessagesAreNotLost fails sending in every way that there is.
func TestMessagesAreNotLost(t *testing.T) {
	t.Parallel()
	w, s, h := openTelling(t)
	place := func(w *world, more string) answer {
		return w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), more))
	}

	t.Run("what was sent and not recorded is sent again under the same key", func(t *testing.T) {
		w := w.in(t)
		w.sql(`create function jobs.broken() returns trigger language plpgsql as $$ begin raise exception 'torn'; end $$`)
		w.sql("create trigger broken before update on jobs.messages for each row execute function jobs.broken()")
		order := place(w, contact("ada@example.com", "", ""))
		subject := "Your order " + order.at("number").(string) + " is confirmed"
		eventually(t, "it is sent", func() bool { return len(s.about(subject)) == 1 })
		w.sql("drop trigger broken on jobs.messages")
		w.sql("update jobs.river_job set scheduled_at = now(), state = 'available' where state in ('retryable', 'scheduled')")
		eventually(t, "it is sent again", func() bool {
			w.sql("update jobs.river_job set scheduled_at = now(), state = 'available' where state = 'retryable'")
			return len(s.about(subject)) == 2
		})
		w.tells(order, "ORDER_CONFIRMED EMAIL SENT")
		if sent := s.about(subject); sent[0].id != sent[1].id || !strings.Contains(sent[0].id, "@alba.example") {
			t.Errorf("%+v", sent)
		}
	})

	t.Run("a provider that fails is asked again, and one that refuses is not", func(t *testing.T) {
		w := w.in(t)
		h.mu.Lock()
		h.answers = []int{503}
		h.mu.Unlock()
		order := place(w, contact("", "+34600111222", ""))
		eventually(t, "it is sent", func() bool {
			w.sql("update jobs.river_job set scheduled_at = now(), state = 'available' where state = 'retryable'")
			return slices.Equal(w.told(order), []string{"ORDER_CONFIRMED PHONE SENT"})
		})
		h.mu.Lock()
		h.answers = []int{422}
		h.mu.Unlock()
		order = place(w, contact("", "+34600111222", ""))
		w.tells(order, "ORDER_CONFIRMED PHONE FAILED")
		failed := w.must("staff", "messages/ListMessages", `{"state":"MESSAGE_STATE_FAILED"}`)
		if failed.at("messages", 0, "problem") != "the provider answered 422 Unprocessable Entity" || failed.at("messages", 0, "order") != order.at("id") {
			t.Errorf("%v", failed.body)
		}
		s.mu.Lock()
		s.refuse = func(to string) string {
			if to == "gone@example.com" {
				return "550 no such mailbox: <" + to + ">"
			}
			return ""
		}
		s.mu.Unlock()
		lost := place(w, contact("gone@example.com", "", ""))
		w.tells(lost, "ORDER_CONFIRMED EMAIL FAILED")
		if listed := w.do("staff", "messages/ListMessages", `{"order":%q}`, lost.at("id")); listed.at("messages", 0, "problem") != `550 "no such mailbox: <...>"` {
			t.Errorf("%v", listed.at("messages", 0))
		}
		if n := w.count("select count(*) from jobs.river_job where errors::text like '%gone@example.com%'"); n != 0 {
			t.Errorf("the address stands in %d jobs", n)
		}

		// What stood in its way is mended: ten ask for it at once, and it is sent once. Asked for again, it stays as it is.
		s.mu.Lock()
		s.refuse = nil
		s.mu.Unlock()
		message := fmt.Sprintf(`{"message":%q}`, w.do("staff", "messages/ListMessages", `{"order":%q}`, lost.at("id")).at("messages", 0, "id"))
		var asking sync.WaitGroup
		for range 10 {
			asking.Go(func() { w.must("staff", "messages/RetryMessage", message) })
		}
		asking.Wait()
		w.tells(lost, "ORDER_CONFIRMED EMAIL SENT")
		again := w.must("staff", "messages/RetryMessage", message)
		if sent := s.about("Your order " + lost.at("number").(string) + " is confirmed"); len(sent) != 1 || again.at("state") != "MESSAGE_STATE_SENT" {
			t.Errorf("%d, %v", len(sent), again.body)
		}
	})

	t.Run("a contact that is erased is written to no more", func(t *testing.T) {
		w := w.in(t)
		order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), `,"paymentTime":"86400s"`+contact("ora@example.com", "", "")))
		w.tells(order, "PAYMENT_DUE EMAIL SENT", "PAYMENT_REMINDER EMAIL QUEUED")
		erase := fmt.Sprintf(`{"order":%q}`, order.at("id"))
		if first, second := w.rest("staff", "messages/EraseContact", erase), w.must("staff", "messages/EraseContact", erase); first.at("erased") != true ||
			second.at("erased") == true {
			t.Errorf("%v, %v", first.body, second.body)
		}
		w.sql("update jobs.river_job set scheduled_at = now(), state = 'available' where state = 'scheduled'")
		w.tells(order, "PAYMENT_DUE EMAIL SENT", "PAYMENT_REMINDER EMAIL SKIPPED")
		left := func() int64 {
			return w.count("select count(*) from jobs.contacts where email in ('ora@example.com', 'new@example.com')")
		}
		if n := left(); n != 0 || len(s.about("")) == 0 {
			t.Errorf("%d contacts are left", n)
		}

		// No link brings it back, neither a new one nor one that is asked for again; who gives another contact means it.
		link := fmt.Sprintf(`{"requestId":%q,"order":%q%s}`, newUUID(), order.at("id"), contact("new@example.com", "", ""))
		w.must("staff", "payments/SendPaymentLink", link)
		w.must("staff", "messages/EraseContact", erase)
		w.must("staff", "payments/SendPaymentLink", link)
		w.do("staff", "payments/SendPaymentLink", `{"order":%q}`, order.at("id"))
		if n := left(); n != 0 {
			t.Errorf("%d contacts are back", n)
		}
		w.do("staff", "payments/SendPaymentLink", `{"order":%q%s}`, order.at("id"), contact("new@example.com", "", ""))
		if n := left(); n != 1 {
			t.Errorf("%d contacts are there", n)
		}
	})

	t.Run("a process that died while it sent is taken over from", func(t *testing.T) {
		order := place(w, contact("ada@example.com", "", ""))
		w.tells(order, "ORDER_CONFIRMED EMAIL SENT")
		w.conn.Close()
		w.stop()
		// What a killed process leaves: the job running, its message as it was before.
		w.sql(`update jobs.river_job set state = 'running', finalized_at = null, attempt = 1, attempted_at = now() - interval '1 hour',
			attempted_by = '{dead}' where args->>'message' = (select id::text from jobs.messages where order_id = $1::uuid)`, order.at("id"))
		w.sql("update jobs.messages set state = 'QUEUED', settled_at = null where order_id = $1::uuid", order.at("id"))
		w.start()
		w.tells(order, "ORDER_CONFIRMED EMAIL SENT")
		sent := s.about("Your order " + order.at("number").(string) + " is confirmed")
		if len(sent) != 2 || sent[0].id != sent[1].id {
			t.Errorf("%+v", sent)
		}
	})

	t.Run("two processes send each message once", func(t *testing.T) {
		w := w.in(t)
		other := &world{t: t, db: w.db}
		other.configure = func(c *app.Config) (string, *slog.Logger) {
			telling(s, h)(c)
			return w.db.URL, slog.New(slog.DiscardHandler)
		}
		other.start()
		defer other.stop()
		for i := range 20 {
			place([]*world{w, other}[i%2], contact(fmt.Sprintf("both%d@example.com", i), "", ""))
		}
		sent := func() (n int) {
			for _, m := range s.about("") {
				if strings.HasPrefix(m.to, "both") {
					n++
				}
			}
			return n
		}
		eventually(t, "all are sent", func() bool { return sent() >= 20 })
		eventually(t, "all are recorded", func() bool { return w.count("select count(*) from jobs.messages where state = 'QUEUED'") == 0 })
		if n := sent(); n != 20 {
			t.Errorf("%d e-mails of 20 orders", n)
		}
	})
	w.audit()
}

// TestMessagesAreOff records nothing where nothing is configured.
func TestMessagesAreOff(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), contact("ada@example.com", "", "")))
	if n := w.count("select count(*) from jobs.cursors") + w.count("select count(*) from jobs.river_job"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// TestMailbox shows what the demo tells its customers.
func TestMailbox(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	look := func(path string) (int, string) {
		resp, err := http.Get("http://" + w.server.HTTPAddr() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	if code, _ := look("/dev/mailbox"); code != http.StatusNotFound {
		t.Errorf("%d where there is none", code)
	}
	w.again(func(c *app.Config) { c.Mailbox = true })
	eventually(t, "the log is followed", func() bool { return w.count("select count(*) from jobs.cursors") == 1 })
	order, _ := w.ready("PICKUP", contact("ada@example.com", "+34600111222", "es"))
	subject := "Listo para recoger: pedido " + order.at("number").(string)
	eventually(t, "it is shown", func() bool { _, body := look("/dev/mailbox"); return strings.Count(body, subject) == 2 })
	_, body := look("/dev/mailbox")
	_, link, _ := strings.Cut(body, `href="/dev/mailbox/`)
	id, _, _ := strings.Cut(link, `"`)
	if code, letter := look("/dev/mailbox/" + id); code != http.StatusOK || !strings.Contains(letter, `<html lang="es">`) {
		t.Errorf("%d %.200s", code, letter)
	}
	if code, _ := look("/dev/mailbox/x"); code != http.StatusNotFound {
		t.Errorf("%d for a letter that is not there", code)
	}
}
