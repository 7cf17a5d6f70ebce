package provider

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/aisle-retail/aisle/services/retail"
)

// What Pretend makes of tokens; it declines any other.
const (
	PretendOK                = "tok_ok"
	PretendDeclined          = "tok_declined"            // it is not authorised
	PretendLost              = "tok_lost"                // each thing is done, and the first answer to it is lost
	PretendAction            = "tok_action"              // the customer has to agree first (Agree)
	PretendOneCapture        = "tok_one_capture"         // the first capture lets the rest go, and it says so
	PretendCaptureRefused    = "tok_capture_refused"     // it is authorised, and not captured
	PretendRefundRefusedOnce = "tok_refund_refused_once" // the first refund is refused
	PretendRefundRefused     = "tok_refund_refused"      // the first two refunds are refused
)

// pretendTokens are all that it knows.
var pretendTokens = []string{
	PretendOK, PretendDeclined, PretendLost, PretendAction, PretendOneCapture, PretendCaptureRefused, PretendRefundRefusedOnce, PretendRefundRefused,
}

// PretendHeader holds the signature of its webhooks: the HMAC-SHA256 of the body, in hex.
const PretendHeader = "Pretend-Signature"

// errLost is what a caller sees whose answer was lost on the way.
var errLost = errors.New("provider: the answer was lost")

// Pretend is a provider that takes no money. What it answers follows from the token, and from what it was asked before: its book is in
// memory, and a payment of before it began is known by its reference, so that a process that starts again goes on.
type Pretend struct {
	secret []byte
	mu     sync.Mutex
	// answers are what was answered under each key, and lost those whose answer was lost once.
	answers map[string]Answer
	lost    map[string]bool
	agreed  map[retail.ID]bool
	refused map[retail.ID]int
	// byHand is what was given back by hand, and no refund took into account.
	byHand  map[retail.ID]int64
	charges []Charged
}

// Charged is one line of its book: something that it did, and not what it refused.
type Charged struct {
	Step retail.IntentStep
	Charge
}

// NewPretend returns one whose webhooks are signed with a secret.
func NewPretend(secret string) *Pretend {
	return &Pretend{
		secret: []byte(secret), answers: map[string]Answer{}, lost: map[string]bool{}, agreed: map[retail.ID]bool{},
		refused: map[retail.ID]int{}, byHand: map[retail.ID]int64{},
	}
}

// Name names it.
func (*Pretend) Name() string { return "test" }

// Book is what it did, in order.
func (p *Pretend) Book() []Charged {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Charged(nil), p.charges...)
}

// Agree is the customer who agrees to a payment that waits for it.
func (p *Pretend) Agree(intent retail.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.agreed[intent] = true
}

// pretended is the reference of a payment, which says what token it came by.
func pretended(c Charge) string { return "test_" + c.Intent.String() + "_" + c.Token }

// token is what a payment came by.
func token(c Charge) string {
	if c.Token != "" {
		return c.Token
	}
	_, t, _ := strings.Cut(strings.TrimPrefix(c.Reference, "test_"), "_")
	return t
}

// do answers under a key, and what it does it does once.
func (p *Pretend) do(step retail.IntentStep, c *Charge, decide func(token string) Answer) (Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	by := token(*c)
	answer, known := p.answers[c.Key]
	if !known {
		answer = decide(by)
		if answer.Reference == "" {
			answer.Reference = c.Reference
		}
		if answer.Waiting {
			return answer, nil
		}
		p.answers[c.Key] = answer
		if !answer.Declined && c.AmountMinor > 0 {
			p.charges = append(p.charges, Charged{step, *c})
		}
	}
	if by == PretendLost && !p.lost[c.Key] {
		p.lost[c.Key] = true
		return Answer{}, errLost
	}
	return answer, nil
}

// Authorise keeps an amount.
func (p *Pretend) Authorise(_ context.Context, c Charge) (Answer, error) {
	return p.do(retail.StepAuthorise, &c, func(token string) Answer {
		switch {
		case !slices.Contains(pretendTokens, token):
			return Answer{Declined: true, Problem: "unknown_token: the test provider knows " + strings.Join(pretendTokens, ", ")}
		case token == PretendDeclined:
			return Answer{Declined: true, Problem: "card_declined"}
		case token == PretendAction && !p.agreed[c.Intent]:
			return Answer{Waiting: true, ActionURL: "https://pretend.example/agree/" + c.Intent.String(), Reference: pretended(c)}
		}
		return Answer{Reference: pretended(c), CapturesOnce: token == PretendOneCapture}
	})
}

// Capture takes a part.
func (p *Pretend) Capture(_ context.Context, c Charge) (Answer, error) {
	return p.do(retail.StepCapture, &c, func(token string) Answer {
		switch token {
		case PretendCaptureRefused:
			return Answer{Declined: true, Problem: "charge_expired_for_capture"}
		case PretendOneCapture:
			return Answer{}
		}
		return Answer{LeftMinor: c.LeftMinor}
	})
}

// Void lets the rest go. One that waits for the customer is over.
func (p *Pretend) Void(_ context.Context, c Charge) (Answer, error) {
	return p.do(retail.StepVoid, &c, func(string) Answer { return Answer{} })
}

// RefundByHand is somebody of the shop who gives money back at the provider itself, past us.
func (p *Pretend) RefundByHand(intent retail.ID, minor int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byHand[intent] += minor
	p.charges = append(p.charges, Charged{retail.StepRefund, Charge{Key: "by hand", Intent: intent, AmountMinor: minor}})
}

// Refund gives back. What was refused before, and given back by hand since, is not given back again.
func (p *Pretend) Refund(_ context.Context, c Charge) (Answer, error) {
	return p.do(retail.StepRefund, &c, func(token string) Answer {
		if c.Again {
			done := min(p.byHand[c.Intent], c.AmountMinor)
			p.byHand[c.Intent] -= done
			if c.AmountMinor -= done; c.AmountMinor == 0 {
				return Answer{}
			}
		}
		if most := map[string]int{PretendRefundRefusedOnce: 1, PretendRefundRefused: 2}[token]; p.refused[c.Intent] < most {
			p.refused[c.Intent]++
			return Answer{Declined: true, Problem: "charge_disputed"}
		}
		return Answer{}
	})
}

// pretendNotice is the body of its webhooks.
type pretendNotice struct {
	Order  string `json:"order"`
	Intent string `json:"intent"`
}

// Notify returns a webhook about a payment, as it would send it.
func (p *Pretend) Notify(order, intent retail.ID) (body []byte, signature string) {
	body, _ = json.Marshal(pretendNotice{order.String(), intent.String()}) // two texts
	return body, p.sign(body)
}

func (p *Pretend) sign(body []byte) string {
	mac := hmac.New(sha256.New, p.secret)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Webhook reads what Notify made.
func (p *Pretend) Webhook(header http.Header, body []byte) (Notice, error) {
	if len(p.secret) == 0 || !hmac.Equal([]byte(header.Get(PretendHeader)), []byte(p.sign(body))) {
		return Notice{}, ErrForged
	}
	var told pretendNotice
	if err := json.Unmarshal(body, &told); err != nil {
		return Notice{}, fmt.Errorf("a webhook that can't be read: %w", err)
	}
	order, err := retail.ParseID(told.Order)
	if err != nil {
		return Notice{}, err
	}
	intent, err := retail.ParseID(told.Intent)
	return Notice{Order: order, Intent: intent}, err
}
