package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/aisle-retail/aisle/services/provider"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// bankVariable tells a server where the bank is.
const bankVariable = "AISLE_SIM_BANK"

// bank is who takes payments by card in a run. It stands in the process of the simulator, as a provider stands outside the shop: whatever
// becomes of a server, what it asked was asked, and what the bank did was done.
type bank struct {
	*provider.Pretend
	door *http.Server
	url  string
}

// question is what a server asks it, and reply what it says; Lost: that nobody hears it.
type question struct {
	Step   retail.IntentStep
	Charge provider.Charge
}

type reply struct {
	Answer provider.Answer
	Lost   string
}

func openBank() (*bank, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &bank{Pretend: provider.NewPretend(""), url: "http://" + listener.Addr().String()}
	b.door = &http.Server{Handler: http.HandlerFunc(b.serve), ReadHeaderTimeout: startMax}
	go b.door.Serve(listener) //nolint:errcheck // it ends when it is closed
	return b, nil
}

func (b *bank) close() error { return b.door.Close() }

// serve does what it is asked to.
func (b *bank) serve(w http.ResponseWriter, r *http.Request) {
	var asked question
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var said reply
	var err error
	if said.Answer, err = put(r.Context(), b.Pretend, asked); err != nil {
		said.Lost = err.Error()
	}
	_ = json.NewEncoder(w).Encode(said) // who does not hear it asks again
}

// put asks a provider.
func put(ctx context.Context, p provider.Provider, asked question) (provider.Answer, error) {
	switch asked.Step {
	case retail.StepAuthorise:
		return p.Authorise(ctx, asked.Charge)
	case retail.StepCapture:
		return p.Capture(ctx, asked.Charge)
	case retail.StepVoid:
		return p.Void(ctx, asked.Charge)
	case retail.StepRefund:
		return p.Refund(ctx, asked.Charge)
	}
	return provider.Answer{}, fmt.Errorf("sim: nobody knows how to %s", asked.Step)
}

// teller is the bank as a server knows it.
type teller struct {
	url    string
	client *http.Client
}

func newTeller(url string) *teller { return &teller{url, &http.Client{Timeout: 5 * time.Second}} }

// Name names it.
func (t *teller) Name() string { return "test" }

func (t *teller) ask(ctx context.Context, step retail.IntentStep, c provider.Charge) (provider.Answer, error) {
	asked, err := json.Marshal(question{step, c})
	if err != nil {
		return provider.Answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(asked))
	if err != nil {
		return provider.Answer{}, err
	}
	answered, err := t.client.Do(request)
	if err != nil {
		return provider.Answer{}, err
	}
	defer answered.Body.Close()
	var said reply
	if err := json.NewDecoder(answered.Body).Decode(&said); err != nil {
		return provider.Answer{}, err
	}
	if said.Lost != "" {
		return provider.Answer{}, errors.New(said.Lost)
	}
	return said.Answer, nil
}

// Authorise keeps an amount.
func (t *teller) Authorise(ctx context.Context, c provider.Charge) (provider.Answer, error) {
	return t.ask(ctx, retail.StepAuthorise, c)
}

// Capture takes a part of it.
func (t *teller) Capture(ctx context.Context, c provider.Charge) (provider.Answer, error) {
	return t.ask(ctx, retail.StepCapture, c)
}

// Void lets the rest go.
func (t *teller) Void(ctx context.Context, c provider.Charge) (provider.Answer, error) {
	return t.ask(ctx, retail.StepVoid, c)
}

// Refund gives back.
func (t *teller) Refund(ctx context.Context, c provider.Charge) (provider.Answer, error) {
	return t.ask(ctx, retail.StepRefund, c)
}

// Webhook takes none: the bank tells nothing by itself.
func (t *teller) Webhook(http.Header, []byte) (provider.Notice, error) {
	return provider.Notice{}, provider.ErrForged
}

// settlePayments waits until the bank has answered all that the servers were to ask it.
func (c *Cluster) settlePayments(ctx context.Context) error {
	conn, err := c.rival(ctx)
	if err != nil {
		return err
	}
	defer closeRival(conn)
	open := 0
	answered := await(ctx, settleMax, func() bool {
		if err = conn.QueryRow(ctx, "select count(*) from payment_intents where step <> ''").Scan(&open); err == nil && open > 0 {
			wait(ctx, startPause)
		}
		return err != nil || open == 0
	})
	if err == nil && !answered {
		err = fmt.Errorf("%d payments wait for the bank still", open)
	}
	return err
}

// auditBank holds what the bank did against what the books say that it was asked: each of it once, and to the cent.
func auditBank(did []provider.Charged, books *auditor.Books) (found []auditor.Finding) {
	wrong := func(id, text string, args ...any) {
		found = append(found, auditor.Finding{
			Rule: "the bank did something else than the books say", Text: fmt.Sprintf("payment %s: ", id) + fmt.Sprintf(text, args...),
		})
	}
	type sums struct {
		times int
		minor int64
	}
	of := map[string]map[retail.IntentStep]sums{}
	once := map[string]bool{}
	for _, c := range did {
		id := c.Intent.String()
		if of[id] == nil {
			of[id] = map[retail.IntentStep]sums{}
		}
		once[id] = once[id] || c.Token == provider.PretendOneCapture
		one := of[id][c.Step]
		of[id][c.Step] = sums{one.times + 1, one.minor + c.AmountMinor}
		if _, there := books.Orders.Intents[id]; !there {
			wrong(id, "%s of %d, and no order has it", c.Step, c.AmountMinor)
		}
	}
	for id, intent := range books.Orders.Intents {
		kept, taken, gone, back := of[id][retail.StepAuthorise], of[id][retail.StepCapture], of[id][retail.StepVoid], of[id][retail.StepRefund]
		times := 1
		if intent.State == "DECLINED" || intent.State == "CREATED" {
			times = 0
		}
		if kept.times != times || times == 1 && kept.minor != intent.Amount {
			wrong(id, "%d were kept, %d times, of %d by %+v", kept.minor, kept.times, intent.Amount, intent)
		}
		if intent.Once != once[id] {
			wrong(id, "that it is taken once, it said: %t; the books say %+v", once[id], intent)
		}
		if taken.minor != intent.Captured || back.minor != intent.Refunded+books.Orders.Moved[id] || gone.times > 1 {
			wrong(id, "%d were taken, %d given back and it was let go %d times, by %+v", taken.minor, back.minor, gone.times, intent)
		}
	}
	return found
}
