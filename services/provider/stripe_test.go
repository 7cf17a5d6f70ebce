package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v84/webhook"

	"github.com/aisle-retail/aisle/services/retail"
)

// recorder is a line to somewhere that remembers what went over it.
type recorder struct {
	to   http.RoundTripper
	mu   sync.Mutex
	sent []string
	keys []string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	answered, err := r.to.RoundTrip(req)
	r.mu.Lock()
	defer r.mu.Unlock()
	code := 0
	if err == nil {
		code = answered.StatusCode
	}
	r.sent = append(r.sent, fmt.Sprintf("%s %s %d", req.Method, req.URL.Path, code))
	if key := req.Header.Get("Idempotency-Key"); key != "" {
		r.keys = append(r.keys, key)
	}
	return answered, err
}

func (r *recorder) take() (sent, keys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sent, keys = r.sent, r.keys
	r.sent, r.keys = nil, nil
	return sent, keys
}

// startStripeMock starts Stripe's own mock server, built by the toolchain from tools/go.mod: it knows Stripe's API, and refuses what does
// not fit it. It answers by examples and remembers nothing.
func startStripeMock(t *testing.T) *recorder {
	t.Helper()
	folder := t.TempDir()
	program, socket := filepath.Join(folder, "stripe-mock"), filepath.Join(folder, "socket")
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile=../../tools/go.mod", "-o", program, "github.com/stripe/stripe-mock")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	mock := exec.CommandContext(t.Context(), program, "-http-unix", socket)
	said, err := mock.StdoutPipe()
	if err == nil {
		err = mock.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mock.Process.Kill(); _ = mock.Wait() })
	text := make([]byte, 1<<12)
	for heard := ""; !strings.Contains(heard, "Listening"); { // what it says before it listens
		n, err := said.Read(text)
		if heard += string(text[:n]); err != nil {
			t.Fatalf("%v: %s", err, heard)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	line := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	t.Cleanup(line.CloseIdleConnections)
	return &recorder{to: line}
}

func charge(amount int64) Charge {
	return Charge{
		Key: "aisle/x/1", Order: retail.ID{1}, Intent: retail.ID{2}, Number: "7K2-M4Q-91", AmountMinor: amount, Currency: "EUR",
		Token: "pm_card_visa", Reference: "pi_123", AskedAt: time.Now(),
	}
}

// TestStripeTakesWhatWeAsk sends everything that is ever asked to Stripe's own mock server, which knows what Stripe takes.
func TestStripeTakesWhatWeAsk(t *testing.T) {
	t.Parallel()
	line := startStripeMock(t)
	s := NewStripe("sk_test_123", "", "https://shop.example.com/orders", "http://stripe", line)
	late, left, again := charge(500), charge(500), charge(500)
	late.AskedAt, left.LeftMinor, again.Again = time.Now().Add(-21*time.Hour), 100, true
	for _, c := range []struct {
		what string
		ask  func(context.Context, Charge) (Answer, error)
		of   Charge
		sent []string
	}{
		{"authorise", s.Authorise, charge(1000), []string{"POST /v1/payment_intents 200", "GET /v1/payment_intents/pi_ 200"}},
		{"authorise, asked long ago", s.Authorise, late, []string{
			"GET /v1/payment_intents/search 200", "POST /v1/payment_intents 200", "GET /v1/payment_intents/pi_ 200",
		}},
		{"capture", s.Capture, charge(1000), []string{"POST /v1/payment_intents/pi_123/capture 200"}},
		{"capture a part", s.Capture, left, []string{"GET /v1/payment_intents/pi_123 200", "POST /v1/payment_intents/pi_123/capture 200"}},
		{"void", s.Void, charge(1000), []string{"POST /v1/payment_intents/pi_123/cancel 200"}},
		{"refund", s.Refund, charge(1000), []string{"POST /v1/refunds 200"}},
		{"refund, asked long ago", s.Refund, late, []string{"GET /v1/refunds 200", "POST /v1/refunds 200"}},
		{"refund, refused before", s.Refund, again, []string{"GET /v1/refunds 200", "POST /v1/refunds/re_ 200", "POST /v1/refunds 200"}},
	} {
		a, err := c.ask(t.Context(), c.of)
		sent, keys := line.take()
		if err != nil || a.Reference == "" {
			t.Errorf("%s: %+v, %v", c.what, a, err)
		}
		for i := range sent { // the mock mints ids
			for _, of := range []string{"pi_", "re_"} {
				if before, _, minted := strings.Cut(sent[i], of); minted && !strings.Contains(sent[i], "pi_123") {
					sent[i] = before + of + " 200"
				}
			}
		}
		if diff := cmp.Diff(c.sent, sent); diff != "" {
			t.Errorf("%s (-want +sent):\n%s", c.what, diff)
		}
		if slices.ContainsFunc(keys, func(key string) bool { return !strings.HasPrefix(key, "aisle/x/1") }) || !slices.Contains(keys, "aisle/x/1") {
			t.Errorf("%s goes under the keys %v", c.what, keys)
		}
	}
	wrong := charge(-1)
	wrong.Currency = "NONE"
	if a, err := s.Authorise(t.Context(), wrong); err == nil && !a.Declined {
		t.Errorf("what Stripe does not take is %+v", a)
	}
}

// TestStripesAnswers reads answers as Stripe gives them.
func TestStripesAnswers(t *testing.T) {
	t.Parallel()
	const cardError = `{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"no",
		"payment_intent":{"id":"pi_1","object":"payment_intent"}}}`
	const severally = `,"latest_charge":{"id":"ch_1","object":"charge","payment_method_details":{"card":{"multicapture":{"status":"available"}}}}`
	pi := func(status, more string) string {
		return fmt.Sprintf(`{"id":"pi_1","object":"payment_intent","status":%q%s}`, status, more)
	}
	type stub struct {
		code int
		body string
	}
	for _, c := range []struct {
		what    string
		ask     func(*Stripe) func(context.Context, Charge) (Answer, error)
		answers []stub
		want    Answer
		fails   bool
	}{
		{"authorised", authorising, []stub{{200, pi("requires_capture", "")}}, Answer{Reference: "pi_1"}, false},
		{"authorised, to be captured once", authorising, []stub{{200, pi("requires_capture", strings.Replace(severally, "available", "unavailable", 1))}},
			Answer{Reference: "pi_1", CapturesOnce: true}, false},
		{"authorised, to be captured in parts", authorising, []stub{{200, pi("requires_capture", severally)}}, Answer{Reference: "pi_1"}, false},
		{"the customer has to agree", authorising, []stub{{200, pi("requires_action", "")},
			{200, pi("requires_action", `,"next_action":{"type":"redirect_to_url","redirect_to_url":{"url":"https://bank.example/3ds"}}`)}},
			Answer{Reference: "pi_1", Waiting: true, ActionURL: "https://bank.example/3ds"}, false},
		{"she has agreed since", authorising, []stub{{200, pi("requires_action", "")}, {200, pi("requires_capture", "")}}, Answer{Reference: "pi_1"}, false},
		{"she has not", authorising, []stub{{200, pi("requires_action", "")}, {200, pi("requires_payment_method",
			`,"last_payment_error":{"code":"payment_intent_authentication_failure","type":"card_error"}`)}},
			Answer{Reference: "pi_1", Declined: true, Problem: "payment_intent_authentication_failure"}, false},
		{"declined", authorising, []stub{{402, cardError}}, Answer{Reference: "pi_1", Declined: true, Problem: "insufficient_funds"}, false},
		{"no such token", authorising, []stub{{400, `{"error":{"type":"invalid_request_error","code":"resource_missing"}}`}},
			Answer{Declined: true, Problem: "resource_missing"}, false},
		{"a key that is not right", authorising, []stub{{401, `{"error":{"type":"invalid_request_error"}}`}}, Answer{}, true},
		{"being answered", authorising, []stub{{409, `{"error":{"type":"idempotency_error","code":"idempotency_key_in_use"}}`}}, Answer{}, true},
		{"too many", authorising, []stub{{429, `{"error":{"type":"invalid_request_error"}}`}}, Answer{}, true},
		{"down", authorising, []stub{{500, `{"error":{"type":"api_error"}}`}}, Answer{}, true},
		{"captured", capturing, []stub{{200, pi("requires_capture", severally)},
			{200, pi("requires_capture", `,"amount_capturable":400`)}}, Answer{Reference: "pi_1", LeftMinor: 400}, false},
		{"captured, the rest let go", capturing, []stub{{200, pi("requires_capture", "")}, {200, pi("succeeded", "")}}, Answer{Reference: "pi_1"}, false},
		{"expired", capturing, []stub{{200, pi("canceled", "")}, {400, `{"error":{"type":"invalid_request_error","code":"payment_intent_unexpected_state"}}`}},
			Answer{Declined: true, Problem: "payment_intent_unexpected_state"}, false},
		{"voided", voiding, []stub{{200, pi("canceled", "")}}, Answer{Reference: "pi_1"}, false},
		{"voided before", voiding, []stub{{400, `{"error":{"type":"invalid_request_error","code":"payment_intent_unexpected_state"}}`}, {200, pi("canceled", "")}},
			Answer{Reference: "pi_1"}, false},
		{"refunded", refunding, []stub{{200, `{"id":"re_1","object":"refund","status":"succeeded"}`}}, Answer{Reference: "pi_123"}, false},
		{"not refunded", refunding, []stub{{200, `{"id":"re_1","object":"refund","status":"failed","failure_reason":"lost_or_stolen_card"}`}},
			Answer{Reference: "pi_123", Declined: true, Problem: "lost_or_stolen_card"}, false},
		{"refunded by hand since", refundingAgain, []stub{{200, refunds(`{"id":"re_1","object":"refund","status":"failed","amount":600}`,
			`{"id":"re_2","object":"refund","status":"succeeded","amount":600,"metadata":{"aisle_intent":"another"}}`,
			`{"id":"re_3","object":"refund","status":"succeeded","amount":600}`)}, {200, `{"id":"re_3","object":"refund"}`}}, Answer{Reference: "pi_123"}, false},
		{"refunded in part by hand since", refundingAgain, []stub{{200, refunds(`{"id":"re_3","object":"refund","status":"succeeded","amount":250}`)},
			{200, `{"id":"re_3","object":"refund"}`}, {200, `{"id":"re_4","object":"refund","status":"pending"}`}}, Answer{Reference: "pi_123"}, false},
		{"refunded by hand, and the answer was lost", refundingAgain, []stub{{200, refunds(
			`{"id":"re_3","object":"refund","status":"succeeded","amount":600,"metadata":{"aisle_intent":"1","aisle_step":"aisle/x/1","aisle_by_hand":"true"}}`)}},
			Answer{Reference: "pi_123"}, false},
		{"refused once more", refundingAgain, []stub{{200, refunds()}, {400, `{"error":{"type":"invalid_request_error","code":"charge_disputed"}}`}},
			Answer{Declined: true, Problem: "charge_disputed"}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			at, finals := 0, ""
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				finals += string(body)
				answer := c.answers[min(at, len(c.answers)-1)]
				at++
				w.WriteHeader(answer.code)
				_, _ = io.WriteString(w, answer.body)
			}))
			defer server.Close()
			of := charge(600)
			of.LeftMinor = 400
			got, err := c.ask(NewStripe("sk_test_123", "", "", server.URL, server.Client().Transport))(t.Context(), of)
			if (err != nil) != c.fails || got != c.want || at != len(c.answers) {
				t.Errorf("%+v, %v after %d questions, want %+v", got, err, at, c.want)
			}
			if part := "amount=350&"; strings.Contains(c.what, "in part by hand") != strings.Contains(finals, part) {
				t.Errorf("it was asked for %s", finals)
			}
			if several := c.what == "captured"; several != strings.Contains(finals, "final_capture=false") {
				t.Errorf("it was asked for %s", finals)
			}
		})
	}
}

func authorising(s *Stripe) func(context.Context, Charge) (Answer, error) { return s.Authorise }
func capturing(s *Stripe) func(context.Context, Charge) (Answer, error)   { return s.Capture }
func voiding(s *Stripe) func(context.Context, Charge) (Answer, error)     { return s.Void }
func refunding(s *Stripe) func(context.Context, Charge) (Answer, error)   { return s.Refund }

func refundingAgain(s *Stripe) func(context.Context, Charge) (Answer, error) {
	return func(ctx context.Context, c Charge) (Answer, error) {
		c.Again = true
		return s.Refund(ctx, c)
	}
}

// refunds is Stripe's list of some.
func refunds(of ...string) string {
	return fmt.Sprintf(`{"object":"list","has_more":false,"url":"/v1/refunds","data":[%s]}`, strings.Join(of, ","))
}

// TestWebhooks reads what is signed, by Stripe's own way of signing and by ours, and nothing else.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	order, intent := retail.ID{1, 2}, retail.ID{3, 4}
	event := func(metadata map[string]string) []byte {
		body, err := json.Marshal(map[string]any{
			"id": "evt_1", "object": "event", "type": "payment_intent.amount_capturable_updated",
			"data": map[string]any{"object": map[string]any{"id": "pi_1", "object": "payment_intent", "metadata": metadata}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	ours := event(map[string]string{metaOrder: order.String(), metaIntent: intent.String()})
	signed := func(body []byte, secret string, at time.Time) http.Header {
		s := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at})
		return http.Header{"Stripe-Signature": {s.Header}}
	}
	s := NewStripe("sk_test_123", "whsec_test", "", "", nil)
	if told, err := s.Webhook(signed(ours, "whsec_test", time.Now()), ours); err != nil || told != (Notice{order, intent}) {
		t.Errorf("%+v, %v", told, err)
	}
	others := event(nil)
	if told, err := s.Webhook(signed(others, "whsec_test", time.Now()), others); err != nil || told != (Notice{}) {
		t.Errorf("of others: %+v, %v", told, err)
	}
	for what, header := range map[string]http.Header{
		"by another secret": signed(ours, "whsec_other", time.Now()), "an hour ago": signed(ours, "whsec_test", time.Now().Add(-time.Hour)),
		"another body": signed(others, "whsec_test", time.Now()), "not at all": {},
	} {
		if told, err := s.Webhook(header, ours); !errors.Is(err, ErrForged) {
			t.Errorf("signed %s: %+v, %v", what, told, err)
		}
	}
	if _, err := NewStripe("sk_test_123", "", "", "", nil).Webhook(signed(ours, "", time.Now()), ours); !errors.Is(err, ErrForged) {
		t.Errorf("without a secret: %v", err)
	}
	p := NewPretend("a secret")
	body, signature := p.Notify(order, intent)
	if told, err := p.Webhook(http.Header{PretendHeader: {signature}}, body); err != nil || told != (Notice{order, intent}) {
		t.Errorf("%+v, %v", told, err)
	}
	if _, err := p.Webhook(http.Header{PretendHeader: {signature}}, append(body, ' ')); !errors.Is(err, ErrForged) {
		t.Errorf("%v", err)
	}
	if _, err := NewPretend("").Webhook(http.Header{PretendHeader: {NewPretend("").sign(body)}}, body); !errors.Is(err, ErrForged) {
		t.Errorf("without a secret: %v", err)
	}
}
